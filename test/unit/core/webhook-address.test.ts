/** Where a webhook may be sent: each address in each of its encodings. */
import { expect, test } from "vitest";
import { addressesFault, addressFault, readWebhookUrl } from "../../../src/core/agents/webhook-address.ts";

const DEPLOYED = { loopback: false };
const LOCAL = { loopback: true };

const REFUSED: readonly (readonly [string, string])[] = [
  // Not https, not a URL.
  ["http://agent.example.com/", "https"],
  ["ftp://agent.example.com/", "https"],
  ["file:///etc/passwd", "https"],
  ["javascript:alert(1)", "https"],
  ["data:text/plain,x", "https"],
  ["agent.example.com", "URL"],
  ["", "URL"],
  ["https://", "URL"],
  [`https://agent.example.com/${"x".repeat(2000)}`, "2000 characters"],
  // User info and ports.
  ["https://me@agent.example.com/", "user"],
  ["https://me:secret@agent.example.com/", "user"],
  ["https://agent.example.com@127.0.0.1/", "user"],
  ["https://agent.example.com:80/", "port"],
  ["https://agent.example.com:22/", "port"],
  ["https://agent.example.com:8080/", "port"],
  ["https://agent.example.com:65535/", "port"],
  // Loopback, in every way of writing it.
  ["https://127.0.0.1/", "public address"],
  ["https://127.255.255.254/", "public address"],
  ["https://127.1/", "public address"],
  ["https://127.0.1/", "public address"],
  ["https://2130706433/", "public address"],
  ["https://017700000001/", "public address"],
  ["https://0177.0.0.1/", "public address"],
  ["https://0x7f.1/", "public address"],
  ["https://0x7f000001/", "public address"],
  ["https://0x7f.0x0.0x0.0x1/", "public address"],
  ["https://①②⑦.0.0.1/", "public address"],
  ["https://127。0。0。1/", "public address"],
  ["https://%31%32%37.0.0.1/", "public address"],
  ["https://127.0.0.1./", "public address"],
  ["https://0/", "public address"],
  ["https://0.0.0.0/", "public address"],
  ["https://[::1]/", "public address"],
  ["https://[0:0:0:0:0:0:0:1]/", "public address"],
  ["https://[::]/", "public address"],
  // Version 4 inside version 6.
  ["https://[::ffff:127.0.0.1]/", "public address"],
  ["https://[::ffff:7f00:1]/", "public address"],
  ["https://[::ffff:0:127.0.0.1]/", "public address"],
  ["https://[::127.0.0.1]/", "public address"],
  ["https://[::7f00:1]/", "public address"],
  ["https://[::ffff:10.0.0.1]/", "public address"],
  ["https://[::ffff:169.254.169.254]/", "public address"],
  ["https://[64:ff9b::7f00:1]/", "public address"],
  ["https://[64:ff9b:1::a00:1]/", "public address"],
  ["https://[2002:7f00:1::]/", "public address"],
  ["https://[2002:a00:1::1]/", "public address"],
  ["https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", "public address"],
  // Private, shared, link-local, reserved and multicast.
  ["https://10.0.0.1/", "public address"],
  ["https://10.255.255.255/", "public address"],
  ["https://172.16.0.1/", "public address"],
  ["https://172.31.255.255/", "public address"],
  ["https://192.168.0.1/", "public address"],
  ["https://0xc0.0xa8.0.1/", "public address"],
  ["https://3232235521/", "public address"],
  ["https://100.64.0.1/", "public address"],
  ["https://100.100.100.200/", "public address"],
  ["https://169.254.1.1/", "public address"],
  ["https://192.0.0.192/", "public address"],
  ["https://192.0.2.1/", "public address"],
  ["https://198.18.0.1/", "public address"],
  ["https://198.51.100.1/", "public address"],
  ["https://203.0.113.1/", "public address"],
  ["https://224.0.0.1/", "public address"],
  ["https://239.255.255.255/", "public address"],
  ["https://240.0.0.1/", "public address"],
  ["https://255.255.255.255/", "public address"],
  ["https://[fc00::1]/", "public address"],
  ["https://[fd00:ec2::254]/", "public address"],
  ["https://[fe80::1]/", "public address"],
  ["https://[fec0::1]/", "public address"],
  ["https://[ff02::1]/", "public address"],
  ["https://[2001:db8::1]/", "public address"],
  ["https://[5f00::1]/", "public address"],
  ["https://[100::1]/", "public address"],
  // What answers with the secrets of a machine.
  ["https://169.254.169.254/latest/meta-data/", "public address"],
  ["https://0xa9fea9fe/", "public address"],
  ["https://2852039166/", "public address"],
  ["https://168.63.129.16/", "public address"],
  ["https://0xa83f8110/", "public address"],
  ["https://metadata.google.internal/", "public name"],
  // Names.
  ["https://localhost/", "public name"],
  ["https://LOCALHOST/", "public name"],
  ["https://ⓛocalhost/", "public name"],
  ["https://agent.localhost/", "public name"],
  ["https://printer.local/", "public name"],
  ["https://PRINTER.LOCAL/", "public name"],
  ["https://db.internal/", "public name"],
  ["https://router.home.arpa/", "public name"],
  ["https://agent.example.com./", "dot"],
  ["https://localhost./", "dot"],
  ["https://db.internal./", "dot"],
  ["https://intranet/", "whole name"],
];

test.for(REFUSED)("%s is refused", ([url, why]) => {
  const read = readWebhookUrl(url, DEPLOYED);
  expect(read.kind === "wrong" && read.message).toContain(why);
});

test.for([
  ["https://agent.example.com/hook?x=1", "agent.example.com"],
  ["https://AGENT.example.com:8443/", "agent.example.com"],
  ["https://bücher.example/", "xn--bcher-kva.example"],
  ["https://1.1.1.1/", null],
  ["https://16843009:443/", null],
  ["https://[2606:4700::1111]/", null],
] as const)("%s is allowed, and its name is to be looked up: %s", ([url, name]) => {
  expect(readWebhookUrl(url, DEPLOYED)).toMatchObject({ kind: "ok", name });
});

test("all addresses of a name must be public", () => {
  expect(addressesFault(["93.184.215.14", "2606:4700::1111"], DEPLOYED)).toBeNull();
  expect(addressesFault([], DEPLOYED)).toContain("without an address");
  expect(addressesFault(["93.184.215.14", "10.0.0.1"], DEPLOYED)).toContain("public address");
  expect(addressesFault(["::ffff:10.0.0.1"], DEPLOYED)).toContain("public address");
  expect(addressesFault(["fe80::1%eth0"], DEPLOYED)).toContain("public address");
  expect(addressFault("no address", DEPLOYED)).toContain("none");
});

test("the local stack may call itself, by http and at any port, and nothing else that is private", () => {
  for (const url of [
    "http://127.0.0.1:9000/",
    "http://localhost:1/x",
    "https://[::1]/",
    "http://agent.example.com:80/",
  ]) {
    expect(readWebhookUrl(url, LOCAL).kind).toBe("ok");
  }
  for (const url of ["http://10.0.0.1/", "http://169.254.169.254/", "http://printer.local/", "http://a@127.0.0.1/"]) {
    expect(readWebhookUrl(url, LOCAL).kind).toBe("wrong");
  }
  expect(addressFault("127.0.0.1", LOCAL)).toBeNull();
  expect(addressFault("192.168.0.1", LOCAL)).toContain("public address");
});
