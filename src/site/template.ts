/**
 * A site description to start from: valid as it is, with every key as a comment. Lines that begin with `##` explain;
 * taking one `#` and a blank off the others gives a description that is valid, too.
 */
export const SITE_TEMPLATE = `## Site description for o365flow. Check it with: o365flow site check site.yaml
## Lines with ## explain; take "# " off a line to use it. Every key but version may be left out.
version: 1
name: My site

## Which Office 365 cloud: worldwide, usgovdod, usgovgcchigh, china or germany.
# cloud: worldwide

## false: the site has no ExpressRoute for Office 365, so nothing is expected on it.
# expressroute: true

## Your own addresses. This is the default; link-local, multicast and the NAT pools below always count, too.
# internal: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, "fc00::/7"]

## VPN pools and home users: expected on the Internet. The longest prefix decides, so these may lie inside internal.
# remote: [10.99.0.0/16]

## Your own servers, by role, as addresses or prefixes.
# servers:
#   edge: [192.0.2.10]
#   front-end: [10.1.2.0/28]
#   mediation: []
#   cloud-connector: []
#   gateway: []
#   proxy: [10.1.3.10]

## Users homed on-premises; all other internal users are homed Online.
# users:
#   on-premises: [10.20.0.0/16]

## Organisations that you federate with; hosting is online or on-premises.
# partners:
#   - { name: Fabrikam, hosting: on-premises, prefixes: [198.51.100.0/24] }

## The paths that traffic can take, and by what a packet on each is known. Any one marker of a path will do.
## A direction without a marker is "unknown": o365flow never guesses a path from an address.
# paths:
#   - name: er-primary
#     kind: expressroute               ## expressroute, internet, local or other
#     circuit: london                  ## links of one circuit count as one path
#     vlans: ["100", "500.100"]        ## one tag, or S-tag.C-tag; keep the quotes
#     next-hops: ["00:00:5e:00:53:01"] ## MAC of the router at the other end: Get-AzExpressRouteCircuitARPTable
#     interfaces: ["expressroute-*"]   ## pcapng interface name or description, * and ? allowed
#     erspan-sessions: [7]             ## mirror sessions 0 to 1023
#     files: ["*-er1-*.pcapng"]        ## captures that are a tap of this path, by file name
#     nat: [203.0.113.0/28]            ## public addresses that you take on when going out this way
#     hops: [192.0.2.0/30]             ## routers of this path as traceroute shows them
#     communities: ["12076:5030"]      ## what the route filter accepts: 5010 Exchange, 5020 SharePoint, 5030 Skype and Teams
#     complete: false                  ## true: every packet of this path is in the captures
#     match:                           ## where one marker is not enough: all keys of an item must hold, any item will do
#       - { file: "lon-*", vlan: "101", next-hop: "00:00:0c:07:ac:01", from: 2026-11-01, to: 2026-12-01 }
#   - name: isp-a
#     kind: internet
#     vlans: ["200"]
#     next-hops: ["00:00:5e:00:53:02"]
#     nat: [203.0.113.64/28]

## A path may also have routes: FILE (beside this file): show ip bgp, show ip route, Junos show route,
## az network express-route list-route-tables, a list of prefix and next hop, or MRT. It gives the expected path.
`;
