import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../src/config/environment.ts'
import { type Flags, resolveSettings } from '../../src/config/resolve.ts'
import type { ConfigFile } from '../../src/config/schema.ts'
import { Secret } from '../../src/shared/secret.ts'

const settings = (config: ConfigFile, variables: NodeJS.ProcessEnv = {}, flags: Flags = {}) =>
  resolveSettings(flags, readEnvironment(variables), { file: '/shop/waybill.config.ts', folder: '/shop', config })

describe('settings', () => {
  const strengths: readonly (readonly [string, Flags, NodeJS.ProcessEnv, ConfigFile, string])[] = [
    ['a default where nobody says anything', {}, {}, { system: 'x' }, 'warn'],
    ['the file over the default', {}, {}, { system: 'x', log: { level: 'info' } }, 'info'],
    [
      'the environment over the file',
      {},
      { WAYBILL_LOG_LEVEL: 'error' },
      { system: 'x', log: { level: 'info' } },
      'error',
    ],
    [
      'the flag over the environment',
      { logLevel: 'debug' },
      { WAYBILL_LOG_LEVEL: 'error' },
      { system: 'x', log: { level: 'info' } },
      'debug',
    ],
  ]
  it.each(strengths)('take %s', (_title, flags, variables, config, level) => {
    expect(settings(config, variables, flags).logLevel).toBe(level)
  })

  it('listen on the standard ports for a real system and on any free port for the reference one', () => {
    expect(settings({ system: 'shop' }).otlp).toMatchObject({ http: { port: 4318 }, grpc: { port: 4317 } })
    expect(settings({ system: 'sandbox' }).otlp).toMatchObject({ http: { port: 0 }, grpc: null })
  })

  it('turn a source off when the file says false', () => {
    const off = settings({ system: 'sandbox', sources: { otlp: false, statusApi: false } })
    expect([off.otlp, off.statusApi]).toEqual([null, null])
  })

  it('read rows and files of the reference system, of another only where the file says so, and look at pages only where it does', () => {
    const asked = (config: ConfigFile) => {
      const { postgres, storage, page } = settings(config)
      return [postgres !== null, storage !== null, page !== null]
    }
    expect(asked({ system: 'sandbox' })).toEqual([true, true, false])
    expect(asked({ system: 'sandbox', sources: { postgres: false, storage: false, page: true } })).toEqual([
      false,
      false,
      true,
    ])
    expect(asked({ system: 'x' })).toEqual([false, false, false])
    expect(asked({ system: 'x', sources: { postgres: {}, storage: {}, page: { timeout: '5 s' } } })).toEqual([
      true,
      true,
      true,
    ])
  })

  it('tap the broker of the reference system, of another only where it is named', () => {
    expect(settings({ system: 'sandbox' }, { AMQP_URL: 'amqp://elsewhere' }).rabbitmq).toEqual({
      url: null,
      managementUrl: null,
      mode: 'firehose',
      ca: null,
      statistics: 1000,
    })
    expect(settings({ system: 'x' }).rabbitmq).toBeNull()
    expect(settings({ system: 'x', sources: { rabbitmq: false } }, { AMQP_URL: 'amqp://broker' }).rabbitmq).toBeNull()
    const url = { url: 'amqp://weaker', mode: 'passive', ca: 'ca.pem' } as const
    const named = settings({ system: 'x', sources: { rabbitmq: url } }, { AMQP_URL: 'amqps://broker/cakes' }).rabbitmq
    expect(named).toMatchObject({ managementUrl: null, mode: 'passive', ca: '/shop/ca.pem', statistics: 5000 })
    expect(named?.url?.reveal()).toBe('amqps://broker/cakes')
  })

  it('refuse an address that is none without showing it', () => {
    expect(() => settings({ system: 'x' }, { AMQP_URL: 'http://me:planted@broker' })).toThrow(
      /AMQP_URL: expected an amqp or amqps URL, found something else/,
    )
  })

  it('never print a secret, wherever it came from', () => {
    const config: ConfigFile = {
      system: 'x',
      targets: { shop: 'http://shop' },
      sources: {
        otlp: { token: 'planted-1' },
        statusApi: {
          systems: { shop: { path: '/o/{order}', status: 's', headers: { authorization: new Secret('planted-2') } } },
        },
        postgres: { databases: { 'shop-db': { url: 'postgres://me:planted-4@db/shop' } } },
        storage: { accessKeyId: 'A', secretAccessKey: 'planted-5' },
        rabbitmq: { url: 'amqp://me:planted-6@broker', managementUrl: 'http://me:planted-7@broker' },
      },
    }
    const found = settings(config, { DATABASE_URL: 'postgres://me:planted-3@db/x' })
    expect(JSON.stringify(found)).not.toContain('planted')
    expect(found.otlp?.token?.reveal()).toBe('planted-1')
    expect(found.databaseUrl?.reveal()).toContain('planted-3')
    expect(found.postgres?.databases['shop-db']?.reveal()).toContain('planted-4')
    expect(found.storage?.credentials?.secretAccessKey.reveal()).toBe('planted-5')
  })

  it('name every mistake of flag, environment and file at once', () => {
    const wrong = () =>
      settings(
        { system: 'shop', sources: { statusApi: { systems: { shop: { path: '/o/{order}', status: 's' } } } } },
        { WAYBILL_OTLP_HTTP: 'here', WAYBILL_SPEED: 'slow' },
        { logLevel: 'loud' },
      )
    expect(wrong).toThrow(/4 mistakes/)
    expect(wrong).toThrow(/WAYBILL_OTLP_HTTP: expected an address such as "127.0.0.1:4318", found "here"/)
    expect(wrong).toThrow(/sources.statusApi.systems.shop.url: expected a URL here or in targets.shop, found nothing/)
    expect(wrong).toThrow(/WAYBILL_SPEED: expected fast or realistic, found "slow"/)
    expect(wrong).toThrow(/--log-level: expected error or warn or info or debug, found "loud"/)
  })

  it('do not blame the file for a mistake of the environment', () => {
    const wrong = () => settings({ system: 'shop' }, { WAYBILL_SPEED: 'slow' }, {})
    expect(wrong).toThrow(expect.objectContaining({ place: 'flags and environment' }))
  })
})
