(() => {
  const signal = document.getElementById('signal');
  if (signal && window.PublicKeyCredential && PublicKeyCredential.signalAllAcceptedCredentials)
    PublicKeyCredential.signalAllAcceptedCredentials(JSON.parse(signal.dataset.signal)).catch(() => {});
  const unknown = document.getElementById('unknown');
  if (unknown && window.PublicKeyCredential && PublicKeyCredential.signalUnknownCredential)
    PublicKeyCredential.signalUnknownCredential(JSON.parse(unknown.dataset.signal)).catch(() => {});
  const form = document.getElementById('passkey');
  if (!form) return;
  const button = form.querySelector('button');
  const failed = document.getElementById('passkey-failed');
  const answer = form.elements.namedItem('credential');
  if (!window.PublicKeyCredential) {
    const none = document.getElementById('passkey-none');
    if (none) none.hidden = false;
    return;
  }
  const bytes = text =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = buffer =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const options = JSON.parse(form.dataset.options);
  options.challenge = bytes(options.challenge);
  const creates = !!options.user;
  if (creates) options.user.id = bytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials])
    for (const one of list || []) one.id = bytes(one.id);
  const send = made => {
    const said = made.response;
    const json = { id: made.id, rawId: made.id, type: made.type, clientExtensionResults: {},
      response: { clientDataJSON: text(said.clientDataJSON) } };
    if (creates) {
      json.response.attestationObject = text(said.attestationObject);
      json.response.transports = said.getTransports ? said.getTransports() : [];
    } else {
      json.response.authenticatorData = text(said.authenticatorData);
      json.response.signature = text(said.signature);
      if (said.userHandle) json.response.userHandle = text(said.userHandle);
    }
    answer.value = JSON.stringify(json);
    form.submit();
  };
  let waiting;
  const ask = async conditional => {
    if (waiting) waiting.abort();
    const mine = waiting = new AbortController();
    try {
      const how = { publicKey: options, signal: mine.signal };
      if (conditional) how.mediation = 'conditional';
      send(await (creates ? navigator.credentials.create(how) : navigator.credentials.get(how)));
    } catch (e) {
      if (!conditional && failed && !mine.signal.aborted) failed.hidden = false;
    }
  };
  form.hidden = false;
  button.addEventListener('click', e => {
    e.preventDefault();
    if (failed) failed.hidden = true;
    ask(false);
  });
  if (!creates && form.dataset.conditional && PublicKeyCredential.isConditionalMediationAvailable)
    PublicKeyCredential.isConditionalMediationAvailable().then(can => can && ask(true));
})();
