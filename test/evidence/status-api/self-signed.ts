import { readFile } from 'node:fs/promises'

const read = (name: string): Promise<string> => readFile(new URL(`tls/${name}.pem`, import.meta.url), 'utf8')

/** A key and a certificate for 127.0.0.1 that nobody has signed but itself; made for tests, good for a hundred years. */
export const selfSigned = async () => ({ key: await read('key'), cert: await read('cert') })
