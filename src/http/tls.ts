import { createSecureContext } from 'node:tls'
import { readWithin } from '../values/bounded-file.js'
import { UsageError } from '../values/usage-error.js'

/** Bytes that a PEM file may have; a chain of certificates has some thousand. */
const largestPem = 1024 * 1024

/** What the server shows and signs with, in PEM. */
export interface TlsIdentity {
  readonly cert: string
  readonly key: string
}

/** Where that is: paths of PEM files. */
export interface TlsFiles {
  readonly tlsCert?: string
  readonly tlsKey?: string
}

/** The certificate or its key cannot be used; `message` says which, why, and what is allowed. */
export class TlsError extends Error {
  override readonly name = 'TlsError'
}

/**
 * Reads what `--tls-cert` and `--tls-key` name; undefined when neither is set.
 * @throws {UsageError} when one is set without the other
 * @throws {TlsError} when a file cannot be read, is empty or no PEM, or the key is another certificate's
 */
export function readTlsIdentity({ tlsCert, tlsKey }: TlsFiles): TlsIdentity | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined)
    throw new UsageError('--tls-key needs --tls-cert, the certificate that the key belongs to.')
  if (tlsKey === undefined) throw new UsageError('--tls-cert needs --tls-key, the private key of the certificate.')
  const identity = { cert: read('certificate', tlsCert), key: read('private key', tlsKey) }
  try {
    createSecureContext(identity)
  } catch (error) {
    throw new TlsError(
      `Cannot serve TLS with ${tlsCert} and ${tlsKey}: ${(error as Error).message}. Allowed: a certificate and its private key without passphrase, both in PEM.`,
    )
  }
  return identity
}

function read(what: string, path: string): string {
  const refusal = (reason: string) =>
    new TlsError(`Cannot read the ${what} ${path}: ${reason}. Allowed: the path of a PEM file.`)
  let text: string
  try {
    text = readWithin(path, largestPem).toString()
  } catch (error) {
    throw refusal((error as Error).message)
  }
  // Node takes an empty text for none, and would serve TLS without a certificate.
  if (text === '') throw refusal('it is empty')
  return text
}
