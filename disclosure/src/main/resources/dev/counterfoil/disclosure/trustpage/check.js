// Checks what a visitor pastes, in their browser: nothing of it leaves the page. Each step says what
// was looked at. What a page cannot prove about itself, the last step leaves to the command line.
(() => {
  'use strict';
  const about = document.getElementById('check-about');
  const steps = document.getElementById('check-steps');
  const verdict = document.getElementById('check-verdict');
  const utf8 = new TextEncoder();
  const NOTE_ALGORITHM = 1;
  const CODE = /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/;

  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = base64 => new TextDecoder('utf-8', {fatal: true}).decode(bytes(base64));
  const sha256 = async data => new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  const hex = data => [...data].map(b => b.toString(16).padStart(2, '0')).join('');
  const joined = (...parts) => Uint8Array.from(parts.flatMap(part => [...part]));
  const same = (one, other) => one.length === other.length && one.every((b, i) => b === other[i]);
  const utc = seconds => new Date(seconds * 1000).toISOString().replace('.000', '');

  class Failed extends Error {}

  function step(isGood, words) {
    const item = document.createElement('li');
    const tag = document.createElement('span');
    tag.className = isGood === null ? 'tag' : isGood ? 'tag ok' : 'tag bad';
    tag.textContent = isGood === null ? 'not checked here' : isGood ? 'good' : 'not good';
    item.append(tag, ' ' + words);
    steps.append(item);
    if (isGood === false) {
      throw new Failed(words);
    }
  }

  async function ed25519(key, signature, data) {
    const imported = await crypto.subtle.importKey('raw', key, {name: 'Ed25519'}, false, ['verify']);
    return crypto.subtle.verify({name: 'Ed25519'}, imported, signature, data);
  }

  function jws(compact) {
    const parts = compact.split('.');
    if (parts.length !== 3) {
      throw new Failed('it is no signed text of three parts');
    }
    return {
      header: JSON.parse(text(parts[0])),
      content: JSON.parse(text(parts[1])),
      signature: bytes(parts[2]),
      input: utf8.encode(parts[0] + '.' + parts[1]),
    };
  }

  function checkCode(digest) {
    const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    let bits = 0n;
    for (let i = 0; i < 8; i++) {
      bits = bits << 8n | BigInt(digest[i]);
    }
    let code = '';
    for (let i = 0; i < 12; i++) {
      code += (i > 0 && i % 4 === 0 ? '-' : '') + alphabet[Number(bits >> BigInt(64 - 5 * (i + 1)) & 31n)];
    }
    return code;
  }

  // RFC 9162, 2.1.3.2.
  async function root(index, size, leaf, path) {
    let node = index;
    let last = size - 1;
    let hash = leaf;
    for (const other of path) {
      if (last === 0) {
        return null;
      }
      if (node % 2 === 1 || node === last) {
        hash = await sha256(joined([1], other, hash));
        while (node % 2 === 0 && node !== 0) {
          node = Math.floor(node / 2);
          last = Math.floor(last / 2);
        }
      } else {
        hash = await sha256(joined([1], hash, other));
      }
      node = Math.floor(node / 2);
      last = Math.floor(last / 2);
    }
    return last === 0 ? hash : null;
  }

  function checkpoint(proof) {
    const note = proof.slice(proof.indexOf('\n\n') + 2);
    const end = note.indexOf('\n\n');
    const body = note.slice(0, end + 1);
    const [origin, size, base64] = body.split('\n');
    return {body, origin, size, base64, lines: note.slice(end + 2).split('\n')};
  }

  async function placed(proof, entry, words) {
    const lines = proof.slice(0, proof.indexOf('\n\n')).split('\n');
    const at = lines.findIndex(line => line.startsWith('index '));
    const {size, base64} = checkpoint(proof);
    const leaf = await sha256(joined([0], utf8.encode(entry)));
    const found = await root(Number(lines[at].slice(6)), Number(size), leaf, lines.slice(at + 1).map(bytes));
    step(found !== null && same(found, bytes(base64)), words);
  }

  async function receipt(proof, entry, vkey) {
    const {body, origin, size, lines} = checkpoint(proof);
    const [name, , key] = vkey.split('+');
    const raw = bytes(vkey.slice(name.length + 10));
    const line = lines.find(one => one.startsWith('\u2014 ' + name + ' '));
    const isSigned = raw[0] === NOTE_ALGORITHM && key && origin === name && line
      && await ed25519(raw.slice(1), bytes(line.split(' ')[2]).slice(4), utf8.encode(body));
    step(Boolean(isSigned), 'the log that the file names, ' + name + ', signed its checkpoint of ' + size + ' entries');
    await placed(proof, entry, 'its entry lies under that checkpoint');
  }

  async function signedFile(file) {
    const own = jws(file.key.entry).content;
    const signed = jws(file.jws);
    const digest = await sha256(utf8.encode(file.jws));
    step(await ed25519(bytes(own.jwk.x), signed.signature, signed.input), 'the key in the file signed it, for domain ' + signed.content.domain);
    const at = signed.content.iat;
    step(at >= own.at && at <= own.not_after, 'it was signed at ' + utc(at) + ', while the key held');
    await placed(file.key.proof, file.key.entry, 'log ' + own.key_log + ' states the key, in entry ' + own.index);
    step(JSON.parse(file.receipt.entry).document === hex(digest), 'its receipt is of this text');
    await receipt(file.receipt.proof, file.receipt.entry, own.vkey);
    step(null, 'that the root and the witnesses stand behind that log: run counterfoil notice verify with the policy that you have from before');
    return 'Not proven yet: anyone can make such a file with keys of their own. Its check code is ' + checkCode(digest)
      + '. Compare it at the address that you know from before, not with the message that brought it; or run counterfoil notice verify.';
  }

  async function known() {
    return (await fetch('known.json', {cache: 'no-store', credentials: 'omit'})).json();
  }

  function life(all, kid, at) {
    const key = all.keys.find(one => one.kid === kid);
    step(Boolean(key), 'the key log states key ' + kid);
    if (at !== undefined) {
      step(at >= key.from && at <= key.until, 'the key was allowed to sign at ' + utc(at));
    } else {
      step(true, 'it was stated at ' + utc(key.stated) + ', and may sign from ' + utc(key.from) + ' to ' + utc(key.until));
    }
    step(key.ended === 0 || (at !== undefined && at <= key.ended), 'its log had not ended');
  }

  function place(jti) {
    const parts = jti.split('.');
    step(parts.length === 3 && /^[0-9]{1,16}$/.test(parts[1]), 'it names log ' + parts[0] + ', position ' + parts[1]);
    step(null, 'whether the log has it there: a verifier checks that, or counterfoil verify');
  }

  async function token(compact) {
    const read = jws(compact);
    step(true, 'it is a token of issuer ' + read.content.iss);
    life(await known(), read.header.kid, read.content.iat);
    place(String(read.content.jti));
    step(null, 'its signature: services check it with the keys that the issuer publishes');
    return 'Nothing here speaks against this token. It is good only if its log has it.';
  }

  async function other(what) {
    const all = await known();
    const incident = all.incidents.find(one => one.id === what);
    if (incident) {
      step(true, 'incident ' + incident.id + ' is told on this page: ' + incident.title);
      location.hash = 'incident-' + incident.id;
      return 'Read its section.';
    }
    if (what.split('.').length === 3) {
      place(what);
      return 'This is the identifier of a token.';
    }
    life(all, what);
    return 'This is a key of this issuer.';
  }

  async function check(what) {
    if (what.startsWith('{')) {
      return signedFile(JSON.parse(what));
    }
    if (CODE.test(what)) {
      step(null, 'a check code alone: look for it at the address that you know from before, or paste the signed file');
      return 'Paste the file that came with the notice.';
    }
    return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(what) && what.startsWith('eyJ') ? token(what) : other(what);
  }

  document.getElementById('check-button').addEventListener('click', async () => {
    steps.replaceChildren();
    verdict.textContent = '';
    about.removeAttribute('aria-invalid');
    try {
      verdict.textContent = await check(about.value.trim());
    } catch (e) {
      about.setAttribute('aria-invalid', 'true');
      verdict.textContent = e instanceof Failed
        ? 'Do not believe it. This is not true: ' + e.message + '.'
        : 'This is no token, jti, key, notice or incident that can be read.';
    }
  });
})();
