// Where a request comes from. Believes a proxy's X-Forwarded-For only when told to.
import { BlockList, isIP } from "node:net";
import type { IncomingMessage } from "node:http";

export type AddressOf = (request: Pick<IncomingMessage, "socket" | "headers">) => string;

const plain = (address: string): string => address.replace(/^::ffff:(?=\d)/, "");

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/**
 * By addresses and networks (`10.0.0.0/8`): the peer's address, or what the last proxy that is trusted wrote down as its
 * own peer's.
 */
export function createAddressOf(trustedProxies: readonly string[]): AddressOf {
  const trusted = new BlockList();
  for (const network of trustedProxies) {
    const [address = "", bits] = network.split("/");
    if (bits === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(bits), familyOf(address));
  }
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && trusted.check(address, familyOf(address));
  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? "unknown");
    if (trustedProxies.length === 0) return address;
    const forwarded = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
    // From the nearest proxy outwards: the first that nobody vouches for is the client.
    for (const hop of forwarded.toReversed()) {
      const next = plain(hop.trim());
      if (!isTrusted(address) || isIP(next) === 0) break;
      address = next;
    }
    return address;
  };
}
