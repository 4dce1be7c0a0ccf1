/** A page like a shop's: creates the order, uploads the model, places it, shows the number. `foreign` is asked as well. */
export const shopPage = (
  foreign: string,
  uploadsBy: 'fetch' | 'xhr' = 'fetch',
): string => `<!doctype html><title>Shop</title><link rel="icon" href="data:,">
<button id="new">New order</button><label>3D model <input type="file" id="file"></label>
<button id="place">Place order</button><p data-testid="order-number"></p><p role="alert"></p>
<script>
let id
const call = async (method, path, body, type) => {
  const answer = await fetch(path, { method, body, headers: type ? { 'content-type': type } : {} })
  if (!answer.ok) throw new Error('HTTP ' + answer.status)
  return answer.json()
}
const byXhr = (path, file) => new Promise((done, failed) => {
  const request = new XMLHttpRequest()
  request.open('PUT', path)
  request.setRequestHeader('content-type', 'model/stl')
  request.onload = () => done()
  request.onerror = () => failed(new Error('upload failed'))
  request.send(file)
})
const guard = (act) => () => act().catch((error) => { document.querySelector('[role=alert]').textContent = error.message })
document.getElementById('new').onclick = guard(async () => {
  await fetch(${JSON.stringify(foreign)} + '/pixel').catch(() => {})
  id = (await call('POST', '/api/orders', '{}', 'application/json')).orderId
})
document.getElementById('place').onclick = guard(async () => {
  while (!id) await new Promise((go) => setTimeout(go, 10))
  const file = document.getElementById('file').files[0]
  const path = '/api/orders/' + id + '/model'
  if (${uploadsBy === 'xhr'}) await byXhr(path, file)
  else await call('PUT', path, file, 'model/stl')
  await call('POST', '/api/orders/' + id + '/submit')
  document.querySelector('[data-testid=order-number]').textContent = id
})
</script>`
