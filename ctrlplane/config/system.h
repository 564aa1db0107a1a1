/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine "system": the host name, which the session server reads from the running configuration
 * (greetings, prompts, show version). Nothing has to be told to the machine: instances share it.
 */
#pragma once

void gh_system_register(void);
