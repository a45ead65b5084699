/**
 * Where the decoder and tshark 4.0.17 (as the manifests give it) differ, one by one, and why. A line that starts with
 * `-` is tshark's, one with `+` is the decoder's.
 */
export const DIFFERENCES: Readonly<
  Record<string, { readonly why: string; readonly lines: readonly string[] }>
> = {
  "real/zeek+zeek/erspan.pcap": {
    why: "the mirror's own GRE packets are fragmented: tshark, not reassembling, finds the flow in the first fragment (1,514 bytes), here it is in the last, which completes the datagram; ten more GRE frames mirror no IP (ARP)",
    lines: [
      "- tunnel gre 248",
      "- tcp 192.168.69.10 49162 > 192.168.69.2 80: 24/5954 < 8/6141",
      "- tcp 192.168.69.10 49165 > 192.168.69.2 80: 16/3453 < 7/7573",
      "- tcp 192.168.69.10 49163 > 192.168.69.2 80: 14/3595 < 8/8318",
      "- tcp 192.168.69.10 49164 > 192.168.69.2 80: 14/3520 < 7/7400",
      "- tcp 192.168.69.10 49166 > 192.168.69.2 80: 5/816 < 3/3136",
      "+ tunnel gre 238",
      "+ tcp 192.168.69.10 49162 > 192.168.69.2 80: 24/5954 < 8/3537",
      "+ tcp 192.168.69.10 49163 > 192.168.69.2 80: 14/3595 < 8/5442",
      "+ tcp 192.168.69.10 49164 > 192.168.69.2 80: 14/3520 < 7/4158",
      "+ tcp 192.168.69.10 49165 > 192.168.69.2 80: 16/3453 < 7/4816",
      "+ tcp 192.168.69.10 49166 > 192.168.69.2 80: 5/816 < 3/1658",
    ],
  },
  "real/zeek+zeek/ipv6-http-atomic-frag.pcap": {
    why: "atomic IPv6 fragments (RFC 6946) are whole datagrams and count as no fragments here",
    lines: ["- fragments 5", "+ fragments 0"],
  },
  "real/dotpcap+packetnet/udp-ip-fragmented.pcap": {
    why: "the later fragment has the first one's ports here; tshark, not reassembling, gives it none",
    lines: [
      "- udp 10.226.2.154 5060 > 10.226.40.56 5060: 6/3863 < 7/7157",
      "+ udp 10.226.2.154 5060 > 10.226.40.56 5060: 6/3863 < 8/7688",
    ],
  },
  "real/ntop+nDPI/fuzz-2006-06-26-2594.pcap": {
    why: "packet 86 has a TCP header length beyond the segment and packet 303 an IPv4 header length below 20: tshark shows their fields all the same",
    lines: ["- tcp flows 24", "- frames without IP 84", "+ tcp flows 23", "+ frames without IP 85"],
  },
  "matrix/ah/17_ah_invalid_payload_length_too_small.pcap": {
    why: "the authentication header is shorter than its fixed part; tshark reads ports 0 and 1 out of its middle",
    lines: ["- tcp flows 1", "- tcp 192.0.2.70 0 > 198.51.100.70 1: 1/78 < 0/0", "+ tcp flows 0"],
  },
  "matrix/eoip/13_eoip_payload_length_exceeds_available.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel gre 1"],
  },
  "matrix/eoip/15_eoip_missing_key_bit.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel gre 1"],
  },
  "matrix/eoip/17_eoip_truncated_inner_ethernet.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel gre 1"],
  },
  "matrix/eoip/25_ipv4_gre_v1_checksum_key_6400_not_eoip.pcap": {
    why: "GRE version 1 with a checksum is neither PPTP (RFC 2637) nor EoIP; tshark does not look at the version",
    lines: [
      "- udp flows 1",
      "- frames with several IP headers 1",
      "- tunnel gre 1",
      "- udp 10.80.0.10 53800 > 10.80.0.20 443: 1/92 < 0/0",
      "+ udp flows 0",
      "+ frames with several IP headers 0",
    ],
  },
  "matrix/geneve/05_geneve_truncated_base_header.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel geneve 1"],
  },
  "matrix/geneve/07_geneve_options_length_truncated.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel geneve 1"],
  },
  "matrix/geneve/09_geneve_truncated_inner_ipv4.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense; the IPv4 header inside is cut, so the outer UDP flow is reported",
    lines: ["- udp flows 0", "- tunnel geneve 1", "+ udp flows 1"],
  },
  "matrix/geneve/23_geneve_outer_ipv4_fragmentation.pcap": {
    why: "tshark, not reassembling, reads the content out of a fragment; the fragments do not make a whole datagram",
    lines: ["- tunnel geneve 1"],
  },
  "matrix/geneve/27_geneve_unsupported_and_nested_matrix.pcap": {
    why: "one of the four tunnels holds ARP; and the outermost tunnel is reported, not the VXLAN inside Geneve",
    lines: ["- tunnel geneve 4", "- tunnel vxlan 1", "+ tunnel geneve 3"],
  },
  "matrix/geneve/29_geneve_capture_truncation_matrix.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense; tshark gives no flow to the frame whose inner IPv4 header is cut, here it is the outer UDP flow",
    lines: ["- udp flows 3", "- tunnel geneve 4", "+ udp flows 4"],
  },
  "matrix/geneve/33_geneve_inner_unsupported_ethernet_payloads.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel geneve 6", "+ tunnel geneve 3"],
  },
  "matrix/gre/17_gre_version1_pptp_like_unsupported.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel gre 1"],
  },
  "matrix/gre/19_gre_truncated_key_field.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel gre 1"],
  },
  "matrix/gtpu/05_gtpu_truncated_base_header.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel gtp 1"],
  },
  "matrix/gtpu/07_gtpu_unsupported_message_type.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel gtp 1"],
  },
  "matrix/gtpu/09_gtpu_truncated_inner_ipv6.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense; the IPv6 header inside is cut, so the outer UDP flow is reported",
    lines: ["- udp flows 0", "- tunnel gtp 1", "+ udp flows 1"],
  },
  "matrix/gtpu/19_gtpu_truncated_optional_header.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel gtp 1"],
  },
  "matrix/gtpu/23_gtpu_control_message_matrix.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel gtp 5"],
  },
  "matrix/gtpu/29_gtpu_nested_overlay_udp_terminal.pcap": {
    why: "the outermost tunnel is reported, not the one inside it",
    lines: ["- tunnel vxlan 1", "- tunnel geneve 1"],
  },
  "matrix/gtpu/31_gtpu_outer_ipv6_fragmentation.pcap": {
    why: "tshark, not reassembling, reads the content out of a fragment; the fragments do not make a whole datagram",
    lines: ["- tunnel gtp 1"],
  },
  "matrix/ip_options/07_ipv4_loose_source_route_udp.pcap": {
    why: "the flow has the header's destination, the next stop of the source route; tshark shows the last stop",
    lines: ["- udp 198.51.100.1 54321 > 198.51.100.10 12345: 0/0 < 1/64"],
  },
  "matrix/ip_options/21_ipv4_ihl_exceeds_packet_length.pcap": {
    why: "the IPv4 header says that it is longer than the packet; tshark shows its addresses all the same",
    lines: ["- frames without IP 0", "+ frames without IP 1"],
  },
  "matrix/mpls_pw/01_mpls_pw_eth_ipv4_tcp_no_cw.pcap": {
    why: "tshark does not decode the Ethernet inside an MPLS pseudowire without being told to",
    lines: ["- tcp flows 0", "- frames without IP 1", "+ tcp flows 1", "+ frames without IP 0"],
  },
  "matrix/mpls_pw/03_mpls_pw_eth_ipv6_tcp_cw.pcap": {
    why: "tshark does not decode the Ethernet inside an MPLS pseudowire without being told to",
    lines: ["- tcp flows 0", "- frames without IP 1", "+ tcp flows 1", "+ frames without IP 0"],
  },
  "matrix/mpls_pw/07_mpls_pw_eth_qinq_ipv4_udp_cw.pcap": {
    why: "tshark does not decode the Ethernet inside an MPLS pseudowire without being told to",
    lines: ["- udp flows 0", "- frames without IP 1", "+ udp flows 1", "+ frames without IP 0"],
  },
  "matrix/mpls_pw/16_mpls_pw_outer_vlan_inner_qinq_ipv4_udp_cw.pcap": {
    why: "tshark does not decode the Ethernet inside an MPLS pseudowire without being told to",
    lines: ["- udp flows 0", "- frames without IP 1", "+ udp flows 1", "+ frames without IP 0"],
  },
  "matrix/mpls_pw/18_mpls_pw_outer_legacy_vlan_ipv4_tcp_cw.pcap": {
    why: "tshark does not decode the Ethernet inside an MPLS pseudowire without being told to",
    lines: ["- tcp flows 0", "- frames without IP 1", "+ tcp flows 1", "+ frames without IP 0"],
  },
  "matrix/mpls_pw/20_mpls_pw_ambiguous_no_cw_mac_starts_with_6.pcap": {
    why: "a pseudowire's Ethernet whose address begins with 6; tshark takes it for a broken IPv6 header",
    lines: ["- udp flows 0", "+ udp flows 1"],
  },
  "matrix/pppoe/29_pppoe_session_unsupported_type_with_ipv4_trailer.pcap": {
    why: "PPPoE version and type must be 1 (RFC 2516, section 4); tshark does not look at them",
    lines: [
      "- udp flows 1",
      "- frames without IP 0",
      "- udp 192.0.2.30 53540 > 198.51.100.30 443: 1/59 < 0/0",
      "+ udp flows 0",
      "+ frames without IP 1",
    ],
  },
  "matrix/pppoe/33_pppoe_same_session_id_supported_and_unsupported_code.pcap": {
    why: "PPPoE session data has code 0 (RFC 2516, section 4); tshark does not look at it",
    lines: [
      "- frames without IP 0",
      "- udp 192.0.2.30 53540 > 198.51.100.30 443: 2/118 < 0/0",
      "+ frames without IP 1",
      "+ udp 192.0.2.30 53540 > 198.51.100.30 443: 1/59 < 0/0",
    ],
  },
  "matrix/vxlan/05_vxlan_truncated_header.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel vxlan 1"],
  },
  "matrix/vxlan/07_vxlan_truncated_inner_ethernet.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel vxlan 1"],
  },
  "matrix/vxlan/09_vxlan_unsupported_inner_ethertype.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense",
    lines: ["- tunnel vxlan 1"],
  },
  "matrix/vxlan/13_vxlan_inner_vlan_ipv4_tcp.pcap": {
    why: "the tags of the frame that VXLAN carries count, not those of the packet that carried it",
    lines: ["+ vlan 140 of 1: 1"],
  },
  "matrix/vxlan/17_vxlan_udp_port_and_header_matrix.pcap": {
    why: "port 8472 is VXLAN here; a source port 4789 is none, nor is a header without its flag (RFC 7348, section 5)",
    lines: [
      "- udp flows 1",
      "- frames with several IP headers 5",
      "- tunnel vxlan 5",
      "- tcp 10.40.0.10 49440 > 10.40.0.20 443: 5/545 < 0/0",
      "- udp 203.0.113.40 53171 > 203.0.113.41 8472: 1/109 < 0/0",
      "+ udp flows 2",
      "+ frames with several IP headers 4",
      "+ tunnel vxlan 4",
      "+ tcp 10.40.0.10 49440 > 10.40.0.20 443: 4/436 < 0/0",
    ],
  },
  "matrix/vxlan/23_vxlan_identity_outer_and_inner_vlan_splits.pcap": {
    why: "the tags of the frame that VXLAN carries count, not those of the packet that carried it",
    lines: ["+ vlan 200 of 1: 1", "+ vlan 201 of 1: 1", "- vlan 141 of 1: 1", "- vlan 142 of 1: 1"],
  },
  "matrix/vxlan/25_vxlan_outer_ipv6_fragmentation.pcap": {
    why: "an atomic fragment is none, and a first fragment to a tunnel's port waits for the rest before it is called a flow",
    lines: [
      "- fragments 3",
      "- tunnel vxlan 2",
      "- udp 2001:db8:40:1::1 53250 > 2001:db8:40:1::2 4789: 2/156 < 0/0",
      "+ fragments 2",
      "+ udp 2001:db8:40:1::1 53250 > 2001:db8:40:1::2 4789: 1/78 < 0/0",
    ],
  },
  "matrix/vxlan/27_vxlan_inner_supported_and_visible_matrix.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense; the carried frame's tags count",
    lines: ["- tunnel vxlan 3", "+ tunnel vxlan 2", "+ vlan 551.552 of 2: 1"],
  },
  "matrix/vxlan/29_vxlan_capture_truncation_matrix.pcap": {
    why: "tshark counts the tunnel's header; here a tunnel counts once an IP header inside makes sense; tshark gives no flow to the frame whose inner IPv4 header is cut, here it is the outer UDP flow",
    lines: ["- udp flows 3", "- tunnel vxlan 3", "+ udp flows 4"],
  },
};
