const TYPES = { stl: 'model/stl', obj: 'model/obj', '3mf': 'model/3mf', glb: 'model/gltf-binary' }
const LOOK_AGAIN_MS = 1000

const part = (id) => document.getElementById(id)
const tell = (text) => {
  part('status').textContent = text
}
const complain = (error) => {
  part('alert').textContent = error.message
}

let order
let looking

const reset = () => {
  clearTimeout(looking)
  order = { id: undefined, model: undefined }
  part('order').reset()
  part('order').hidden = false
  part('progress').value = 0
  part('cart').textContent = 'The cart is empty.'
  part('alert').textContent = ''
  document.querySelector('[data-testid=order-number]').textContent = ''
  tell('A new order was begun.')
  part('name').focus()
}

const call = async (method, path, body) => {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const content = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(content.error ?? `The shop answered ${answer.status}.`)
  return content
}

const filled = (id) => part(id).value.trim() || undefined

/** The first item in an empty cart makes the order. */
const ensureOrder = async () => {
  order.id ??= (
    await call('POST', '/api/orders', {
      customer: { name: filled('name'), email: filled('email'), phone: filled('phone') },
      externalReference: filled('reference'),
      item: filled('item'),
    })
  ).orderId
  return order.id
}

/** fetch cannot tell how far an upload is; this can. */
const upload = (id, file) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', `/api/orders/${id}/model`)
    request.setRequestHeader(
      'content-type',
      TYPES[file.name.split('.').pop().toLowerCase()] ?? 'application/octet-stream',
    )
    request.setRequestHeader('x-file-name', encodeURIComponent(file.name))
    request.upload.onprogress = ({ loaded, total }) => {
      part('progress').value = (100 * loaded) / total
    }
    request.onload = () => {
      if (request.status === 200) return resolve(JSON.parse(request.responseText))
      try {
        reject(new Error(JSON.parse(request.responseText).error))
      } catch {
        reject(new Error(`The shop answered ${request.status}.`))
      }
    }
    request.onerror = () => reject(new Error('The upload was cut off.'))
    request.send(file)
  })

const putIntoCart = (what, bring) => {
  part('alert').textContent = ''
  tell(`${what} is being added.`)
  const adding = ensureOrder()
    .then(bring)
    .then(({ file }) => {
      part('progress').value = 100
      part('cart').textContent = `${what}, ${Math.ceil(file.size / 1024)} KB`
      tell(`${what} is in the cart.`)
    })
  order.model = adding
  adding.catch(complain)
}

const watch = async (id) => {
  try {
    const { status, priceCents } = await call('GET', `/api/orders/${id}`)
    tell(`Status: ${status}${priceCents === null ? '' : `, price ${(priceCents / 100).toFixed(2)}`}`)
    if (status === 'CLOSED') return
  } catch (error) {
    complain(error)
  }
  if (order.id === id) looking = setTimeout(() => watch(id), LOOK_AGAIN_MS)
}

const place = async () => {
  if (order.model === undefined) throw new Error('Add a 3D model or build a ring first.')
  await order.model
  await call('POST', `/api/orders/${order.id}/submit`)
  document.querySelector('[data-testid=order-number]').textContent = order.id
  part('order').hidden = true
  await watch(order.id)
}

part('new').addEventListener('click', reset)
part('model').addEventListener('change', ({ target }) => {
  const [file] = target.files
  if (file !== undefined) putIntoCart(file.name, (id) => upload(id, file))
})
part('build').addEventListener('click', () => {
  const triangles = Number(part('triangles').value)
  putIntoCart('A ring', (id) => call('POST', `/api/orders/${id}/constructor`, { triangles }))
})
part('order').addEventListener('submit', (event) => {
  event.preventDefault()
  part('place').disabled = true
  place()
    .catch(complain)
    .finally(() => {
      part('place').disabled = false
    })
})
