import type { Contract } from '../contract/contract.ts'
import type { LedgerOrder } from './ledger-order.ts'

/** What a look-up by external reference gave. */
export type LookUp =
  | { readonly outcome: 'found'; readonly orderIds: readonly string[] }
  | { readonly outcome: 'absent' | 'unavailable' }

/**
 * What may be done about an order whose process died.
 *
 * - `close-unplaced`: nothing of it exists; the entry is closed, and the order is not placed late.
 * - `repeat`: send the placing again with the same idempotency key, which gives the order there is or makes the one that was meant.
 * - `look-up`: ask the order system for the external reference; send nothing that creates.
 * - `leave`: an order may exist that cannot be found; it is never placed again and is reported as left over.
 * - `follow`: it is placed and known; go on watching it and clean it up.
 * - `nothing`: it has its verdict.
 */
export type AfterCrash =
  | { readonly act: 'close-unplaced' | 'repeat' | 'look-up' | 'leave' | 'nothing'; readonly why: string }
  | { readonly act: 'follow'; readonly orderIds: readonly string[]; readonly why: string }

/** Decides from what the ledger holds and what the contract says of placing; `lookUp` once there has been one. */
export function decideAfterCrash(
  order: Pick<LedgerOrder, 'state' | 'orderIds'>,
  placing: Contract['placing'],
  lookUp: LookUp | null = null,
): AfterCrash {
  switch (order.state) {
    case 'entered':
      return { act: 'close-unplaced', why: 'It was entered, and no request to place it was ever sent.' }
    case 'placing':
      return placing === 'findable' && lookUp !== null ? afterLookUp(lookUp) : AFTER_PLACING[placing]
    case 'placed':
      return { act: 'follow', orderIds: order.orderIds, why: 'It was placed before the crash.' }
    case 'finished':
    case 'cleaned':
      return { act: 'nothing', why: 'It has its verdict.' }
  }
}

const AFTER_PLACING: Readonly<Record<Contract['placing'], AfterCrash>> = {
  idempotent: {
    act: 'repeat',
    why: 'It may have been placed, and the contract says that placing it again makes no second order.',
  },
  findable: {
    act: 'look-up',
    why: 'It may have been placed, and the contract says that it can be found by its external reference.',
  },
  neither: {
    act: 'leave',
    why: 'It may have been placed, and the contract gives no way to tell; placing it again could make a second order.',
  },
}

const afterLookUp = (lookUp: LookUp): AfterCrash => {
  if (lookUp.outcome === 'found')
    return { act: 'follow', orderIds: lookUp.orderIds, why: 'It was found by its external reference.' }
  if (lookUp.outcome === 'absent')
    return { act: 'close-unplaced', why: 'The order system knows no order of its external reference.' }
  return { act: 'look-up', why: 'The order system could not be asked yet.' }
}
