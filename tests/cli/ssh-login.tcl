# SPDX-License-Identifier: BSD-3-Clause
# A login with a terminal: ROLE key|password PASSWORD SECRET SSH-COMMAND…; see ssh-roles.sh.
set timeout 20
log_user 0
match_max -d 1000000
set stty_init "rows 0 columns 200"
lassign $argv role how password secret
set ssh [lrange $argv 4 end]

proc fail {message} {
	global expect_out role how
	puts "FAIL: $role by $how: $message"
	if {[info exists expect_out(buffer)]} { puts "last output: $expect_out(buffer)" }
	exit 1
}

set prompt {[a-z0-9-]+(> | running [^\r\n]*#!? )}

proc answer {line} {
	global prompt
	send -- "$line\r"
	expect {
		-re "^(.*)\n\r?${prompt}$" { return $expect_out(1,string) }
		timeout { fail "no prompt after \"$line\"" }
		eof { fail "the session ended after \"$line\"" }
	}
}

proc has {line pattern} {
	set got [answer $line]
	if {![regexp -- $pattern $got]} { fail "\"$line\" printed \"$got\", not \"$pattern\"" }
}

proc lacks {line pattern} {
	set got [answer $line]
	if {[regexp -- $pattern $got]} { fail "\"$line\" printed \"$got\"" }
}

if {$how eq "password"} {
	set auth {-o PubkeyAuthentication=no -o PreferredAuthentications=password}
} else {
	set auth {-o PasswordAuthentication=no}
}

# a wrong password first: it must not do
if {$how eq "password"} {
	eval spawn -noecho $ssh -o NumberOfPasswordPrompts=1 $auth -t gh$role@127.0.0.1
	expect {
		-re "assword: $" {}
		timeout { fail "no question for the password" }
	}
	send -- "wrong-$password\r"
	expect {
		"denied" {}
		-re "${prompt}$" { fail "a wrong password did" }
		timeout { fail "a wrong password is not refused" }
	}
	expect eof
	wait
}

set env(TERM) dumb
eval spawn -noecho $ssh $auth -t gh$role@127.0.0.1
if {$how eq "password"} {
	expect {
		-re "assword: $" {}
		timeout { fail "no question for the password" }
	}
	send -- "$password\r"
}
expect {
	-re "${prompt}$" {}
	timeout { fail "no prompt" }
	eof { fail "the login ended" }
}

has "show version" Gatehouse
has "show users" "gh$role +$role +ssh from 127.0.0.1"
has "show config running" "pre-shared-key"
if {$role eq "admin"} {
	has "show config running" $secret
	has "show config running" {password [^\n]*\$6\$}
} else {
	lacks "show config running" $secret
	lacks "show config running" {\$6\$}
	lacks "show config running json" $secret
	lacks "show config running xml" $secret
	lacks "show config running fullpath" $secret
	lacks "show configuration history 0" $secret
	lacks "compare rollback 1" $secret
}

answer "edit running"
if {$role eq "admin"} {
	answer "system hostname h$how"
	lacks "commit" "refused|takes the role"
	has "show config running" "hostname h$how"
	answer "/ system auth user ghtmp role viewer"
	answer "/ system auth user ghtmp password typed-password"
	lacks "show config" "typed-password"
	answer "discard"
} else {
	has "system hostname evil" "takes the role admin"
	has "commit" "takes the role admin|takes the role|nothing|Nothing|no changes"
	has "load /dev/null" "takes the role|\[a-z\]"
	lacks "show config running" "evil"
}
answer "end"
if {$role eq "viewer"} {
	has "clear ike ike-sa all" "takes the role operator"
} else {
	lacks "clear ike ike-sa all" "takes the role"
}
has "clear session 1" [expr {$role eq "admin" ? "no session|this one|^" : "takes the role admin"}]
if {$role eq "admin"} {
	set f [open /var/lib/gatehouse-users/gh$role/.gatehouse_history]
	set history [read $f]
	close $f
	if {![regexp {show version} $history]} { fail "there is no history" }
	if {[regexp {typed-password} $history]} { fail "a password is in the history" }
}
send -- "exit\r"
expect {
	-re {\(c\)ommit, \(d\)rop} { send -- "d\r"; exp_continue }
	eof {}
	timeout { fail "exit does not end the session" }
}
exit 0
