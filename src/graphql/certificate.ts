// The certificate that the server shows: read from its files, checked, and read again when they change. Writes nothing.
import { X509Certificate, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Clock } from "../clock.ts";
import type { TlsFiles } from "../config.ts";
import type { Log } from "../log.ts";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** How often the files are looked at. Watching them would miss how Kubernetes and others swap them. */
const lookMs = 2000;

function readFile(variable: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${variable} is "${path}", which cannot be read: ${reason}.`, {
      cause: error,
    });
  }
}

/** Reads both files and makes sure that they belong together. Throws with a message for people. */
export function readCertificate({ cert, key }: TlsFiles): Certificate {
  const read = {
    cert: readFile("LONGSHORE_TLS_CERT", cert),
    key: readFile("LONGSHORE_TLS_KEY", key),
  };
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(read.cert);
  } catch {
    throw new Error(`LONGSHORE_TLS_CERT is "${cert}", which holds no certificate in PEM.`);
  }
  let isOurs: boolean;
  try {
    isOurs = certificate.checkPrivateKey(createPrivateKey(read.key));
  } catch {
    throw new Error(
      `LONGSHORE_TLS_KEY is "${key}", which holds no private key in PEM, or one with a passphrase.`,
    );
  }
  if (!isOurs)
    throw new Error(
      `LONGSHORE_TLS_KEY is "${key}", which is not the key of the certificate in LONGSHORE_TLS_CERT.`,
    );
  return read;
}

/** Hands over the certificate each time that it changed, until the returned function is called. */
export function keepCertificate(
  files: TlsFiles,
  use: (certificate: Certificate) => void,
  clock: Clock,
  log: Log,
): () => void {
  let shown = JSON.stringify(readCertificate(files));
  let trouble = "";
  const look = (): void => {
    try {
      const read = readCertificate(files);
      const text = JSON.stringify(read);
      if (text !== shown) {
        use(read);
        shown = text;
        const { subject, validTo } = new X509Certificate(read.cert);
        log.info({ subject, validTo }, "the certificate was replaced: new connections see it");
      }
      trouble = "";
    } catch (error) {
      // Files are replaced one after the other: a moment of the wrong pair is normal.
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== trouble) log.warn({ reason }, "the certificate is not replaced yet");
      trouble = reason;
    }
    cancel = clock.after(lookMs, look);
  };
  let cancel = clock.after(lookMs, look);
  return () => cancel();
}
