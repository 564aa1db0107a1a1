/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer target for the IKE wire format. Built by `make fuzz` (clang only):
 *   tests/unit/test_ike_wire --seeds corpus && ./fuzz_ike_wire -max_len=4096 corpus
 */
#include "tests/fuzz/ike_wire_all.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* An input whose length field is wrong dies at once: also try it with the right one. */
	uint8_t copy[4096];
	volatile unsigned sink = ike_wire_read_all(data, size);

	if (size >= IKE_HEADER_LEN && size <= sizeof(copy)) {
		struct gh_writer w = gh_writer(copy, size);

		gh_put(&w, data, size);
		gh_patch_be(&w, 24, size, 4);
		sink += ike_wire_read_all(copy, size);
	}
	(void)sink;
	return 0;
}
