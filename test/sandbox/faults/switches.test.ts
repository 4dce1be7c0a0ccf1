import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openControlPort } from '../../../src/sandbox/faults/control-port.ts'
import { createSwitchboard } from '../../../src/sandbox/faults/switchboard.ts'
import { openSwitches, type Switches } from '../../../src/sandbox/supervisor/switches.ts'
import { createTellPart } from '../../../src/sandbox/supervisor/tell-part.ts'
import { Secret } from '../../../src/shared/secret.ts'

const token = new Secret('t')
const order = (reference: string) => ({ kind: 'order' as const, reference })
const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe('the board of a process', () => {
  const board = createSwitchboard()
  board.set('price-throws', order('SYN-1'))
  board.set('price-throws', order('SYN-2'))
  board.set('price-throws', order('SYN-2'))

  it('holds several orders for one fault, each once', () => {
    expect(board.list()).toEqual([
      { name: 'price-throws', scope: order('SYN-1') },
      { name: 'price-throws', scope: order('SYN-2') },
    ])
    const active = ['SYN-1', 'SYN-2', 'SYN-3'].map((reference) => board.active('price-throws', { reference }))
    expect(active).toEqual([true, true, false])
  })

  it('gives up one order and keeps the other', () => {
    board.clear('price-throws', order('SYN-1'))
    expect(board.active('price-throws', { reference: 'SYN-1' })).toBe(false)
    expect(board.active('price-throws', { orderId: 'SYN-2' })).toBe(true)
  })
})

describe('the control port', () => {
  const boards = { crm: createSwitchboard(), mes: createSwitchboard() }
  const done: string[] = []
  let switches: Switches

  beforeEach(async () => {
    for (const board of Object.values(boards)) for (const { name } of board.list()) board.clear(name)
    done.length = 0
    const crm = await openControlPort({ port: 0, token }, boards.crm)
    const mes = await openControlPort({ port: 0, token }, boards.mes)
    const act = { on: async () => void done.push('on'), off: async () => void done.push('off') }
    const parts = {
      'crm-api': () => ({ controlPort: crm.port }),
      'mes-api': () => ({ controlPort: mes.port }),
    }
    const more = async ({ path }: { path: string }) => (path === '/cells' ? { status: 201 } : undefined)
    switches = await openSwitches({ tell: createTellPart(parts, token), acts: { 'mes-down': act }, more }, token)
    closing.push(crm.close, mes.close, switches.close)
  })

  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(new URL(path, switches.url), {
      method,
      headers: { authorization: 'Bearer t' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: answer.status === 204 ? undefined : await answer.json().catch(() => null) }
  }
  const on = async () => ((await ask('GET', '/faults')).body as { faults: unknown[] }).faults

  it('adds an order to those a fault already has, and tells the part', async () => {
    await ask('PUT', '/faults/price-throws', { scope: order('SYN-1') })
    await ask('PUT', '/faults/price-throws', { scope: order('SYN-2') })
    expect(await on()).toHaveLength(2)
    expect(boards.mes.list().map(({ scope }) => scope)).toEqual([order('SYN-1'), order('SYN-2')])
    expect(boards.crm.list()).toEqual([])
  })

  it.each([
    { how: 'by its scope in the body', path: '/faults/price-throws', body: { scope: order('SYN-1') } },
    { how: 'by its reference in the query', path: '/faults/price-throws?reference=SYN-1', body: undefined },
  ])('clears one order $how', async ({ path, body }) => {
    for (const name of ['SYN-1', 'SYN-2']) await ask('PUT', '/faults/price-throws', { scope: order(name) })
    expect((await ask('DELETE', path, body)).status).toBe(204)
    expect(boards.mes.list().map(({ scope }) => scope)).toEqual([order('SYN-2')])
    expect(await on()).toEqual([{ name: 'price-throws', scope: order('SYN-2') }])
  })

  it('clears all orders of a fault where none is named', async () => {
    for (const name of ['SYN-1', 'SYN-2']) await ask('PUT', '/faults/price-throws', { scope: order(name) })
    await ask('DELETE', '/faults/price-throws')
    expect([await on(), boards.mes.list()]).toEqual([[], []])
  })

  it('does what is done from outside once, and undoes it once', async () => {
    await ask('PUT', '/faults/mes-down', { scope: { kind: 'process' } })
    await ask('DELETE', '/faults/mes-down')
    await ask('DELETE', '/faults/mes-down')
    expect([done, boards.mes.list()]).toEqual([['on', 'off'], []])
  })

  it('refuses a scope the fault does not have, also when it is to be cleared', async () => {
    for (const method of ['PUT', 'DELETE']) {
      const answer = await ask(method, '/faults/mes-down', { scope: order('SYN-1') })
      expect([answer.status, answer.body]).toEqual([400, { error: expect.stringContaining('of kind process') }])
    }
  })

  it('answers other requests where there is somebody for them', async () => {
    expect((await ask('POST', '/cells')).status).toBe(201)
    expect((await ask('POST', '/somewhere')).status).toBe(404)
  })

  it('tells a part that came back everything again', async () => {
    await ask('PUT', '/faults/price-throws', { scope: order('SYN-1') })
    boards.mes.clear('price-throws')
    await switches.repeat('crm-api')
    expect(boards.mes.list()).toEqual([])
    await switches.repeat('mes-api')
    expect(boards.mes.list()).toHaveLength(1)
  })
})
