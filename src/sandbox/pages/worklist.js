const LOOK_AGAIN_MS = 1000

const main = document.querySelector('main')
const rows = document.querySelector('tbody')
const told = document.querySelector('[role=status]')
const alert = document.querySelector('[role=alert]')
/** What may be pressed in which status: "STATUS:verb:Label" separated by spaces. */
const actions = main.dataset.actions.split(' ').map((text) => {
  const [status, verb, label] = text.split(':')
  return { status, verb, label }
})

const cell = (content) => {
  const made = document.createElement('td')
  made.append(content)
  return made
}

const act = async (orderId, { verb, label }, button) => {
  button.disabled = true
  alert.textContent = ''
  try {
    const answer = await fetch(`/api/orders/${orderId}/${verb}`, { method: 'POST' })
    const content = await answer.json().catch(() => ({}))
    if (!answer.ok) throw new Error(content.error ?? `The server answered ${answer.status}.`)
    told.textContent = `${label}: order ${orderId} is now ${content.status}.`
  } catch (error) {
    alert.textContent = error.message
  }
  await show()
}

const rowOf = (order) => {
  const row = document.createElement('tr')
  row.dataset.order = order.orderId
  const name = document.createElement('th')
  name.scope = 'row'
  name.textContent = order.externalReference
  const buttons = document.createElement('span')
  for (const action of actions.filter(({ status }) => status === order.status)) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = action.label
    button.setAttribute('aria-label', `${action.label} ${order.externalReference}`)
    button.addEventListener('click', () => act(order.orderId, action, button))
    buttons.append(button)
  }
  const price = order.priceCents === null ? 'not yet' : (order.priceCents / 100).toFixed(2)
  row.append(name, cell(order.orderId), cell(order.status), cell(price), cell(buttons))
  return row
}

let shown = ''

/** Drawn again only when something changed, so that a button under a finger stays where it is. */
const show = async () => {
  try {
    const answer = await fetch('/api/orders')
    if (!answer.ok) throw new Error(`The list cannot be had: the server answered ${answer.status}.`)
    const { orders } = await answer.json()
    const now = JSON.stringify(orders)
    if (now === shown) return
    shown = now
    rows.replaceChildren(...orders.map(rowOf))
  } catch (error) {
    shown = ''
    alert.textContent = error.message
  }
}

const keepShowing = async () => {
  await show()
  setTimeout(keepShowing, LOOK_AGAIN_MS)
}
void keepShowing()
