/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NAT detection, RFC 7296 2.23: SHA-1(SPIi | SPIr | address | port). Any thread.
 */
#pragma once

#include <stdint.h>

#include "common/addr.h"

#define IKE_NATD_LEN 20

/* The data of NAT_DETECTION_*_IP for that endpoint. In the IKE_SA_INIT request spi_r is 0. 0 or
 * -EIO. */
int ike_natd_hash(
    uint64_t spi_i, uint64_t spi_r, const struct gh_endpoint *endpoint, uint8_t out[IKE_NATD_LEN]);
