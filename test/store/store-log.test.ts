import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStore } from '../../src/store/store.ts'
import { evidenceLogContract, recordsOf } from '../evidence/log/log-contract.ts'
import { answerRecord, spanRecord } from '../evidence/records.ts'
import { type Databases, startDatabases } from './databases.ts'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.stop())

evidenceLogContract('PostgreSQL', async () => {
  const databaseUrl = await databases.fresh()
  return {
    async open() {
      const store = await openStore({ databaseUrl })
      const { evidence } = store
      return {
        append: evidence.append,
        read: evidence.read,
        close: () => evidence.close().then(() => store.close()),
      }
    },
    dispose: async () => {},
  }
})

it('reads pages of large and of many records without leaving one out', async () => {
  const store = await openStore({ databaseUrl: await databases.fresh() })
  const large = Array.from({ length: 12 }, (_, index) => spanRecord(`large ${index}`, { name: 'x'.repeat(1_500_000) }))
  const many = Array.from({ length: 2500 }, (_, index) => answerRecord(`small ${index}`))
  await store.evidence.append([...large, ...many], 'run')
  const ids = (await recordsOf(store.evidence, 'run')).map(({ record }) => record.id)
  expect(ids).toStrictEqual([...large, ...many].map(({ record }) => record.id))
  await store.close()
})
