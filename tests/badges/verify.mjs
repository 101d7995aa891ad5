// Verifies badges, records and endorsements with Digital Bazaar's libraries, which nobody here wrote.
//
//   node tests/badges/verify.mjs --did did.json [--did …] [--status list.json] badge.json ...
//   node tests/badges/verify.mjs --base http://localhost:5000 badge.json ...
//
// With --base, DID documents and status lists are fetched from that host, which must be the one
// that issued the badges. --now is the time to check dates against, if another than now.
// Writes one line of JSON per file: {"verified": …, "why": …}. Of what is signed inside another
// it says nothing, since the libraries do not look there.
// Vocabularies come from badges/contexts, where set-up put the copies of the npm packages.

import {readFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {gunzipSync} from 'node:zlib';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';

const CONTEXTS = new URL('../../badges/contexts/', import.meta.url);
const MULTIKEY = 'https://w3id.org/security/multikey/v1';

const {values: options, positionals: files} = parseArgs({
  allowPositionals: true,
  options: {
    base: {type: 'string'},
    did: {type: 'string', multiple: true},
    status: {type: 'string'},
    now: {type: 'string'},
  },
});
const now = options.now ? new Date(options.now) : new Date();

const readJson = async path => JSON.parse(await readFile(path, 'utf8'));
const contexts = await readJson(new URL('index.json', CONTEXTS));

async function fetchJson(url) {
  const response = await fetch(url, {redirect: 'error'});
  if(!response.ok) {
    throw new Error(`${url} answered ${response.status}.`);
  }
  return response.json();
}

async function didDocument(did) {
  if(options.did) {
    const documents = await Promise.all(options.did.map(readJson));
    const document = documents.find(({id}) => id === did);
    if(!document) {
      throw new Error(`${did} is not the DID of a document at hand.`);
    }
    return document;
  }
  const [host, ...path] = did.replace('did:web:', '').split(':').map(decodeURIComponent);
  if(host !== new URL(options.base).host) {
    throw new Error(`${did} does not live at ${options.base}.`);
  }
  return fetchJson(new URL(`/${path.join('/') || '.well-known'}/did.json`, options.base));
}

async function verificationMethod(id) {
  const document = await didDocument(id.split('#')[0]);
  const method = document.verificationMethod.find(entry => entry.id === id);
  if(!method) {
    throw new Error(`${id} is not a key of its issuer.`);
  }
  return {'@context': MULTIKEY, ...method};
}

async function documentLoader(url) {
  let document;
  if(contexts[url]) {
    document = await readJson(new URL(contexts[url], CONTEXTS));
  } else if(url.startsWith('did:') && url.includes('#')) {
    document = await verificationMethod(url);
  } else if(url.startsWith('did:')) {
    document = await didDocument(url);
  } else {
    throw new Error(`${url} is not at hand.`);
  }
  return {contextUrl: null, documentUrl: url, document};
}

const suite = () => new DataIntegrityProof({cryptosuite});

async function statusList(url) {
  if(options.status) {
    return readJson(options.status);
  }
  if(!options.base || new URL(url).origin !== new URL(options.base).origin) {
    throw new Error(`${url} is not at hand.`);
  }
  return fetchJson(url);
}

async function checkStatus({credential}) {
  const entry = credential.credentialStatus;
  const list = await statusList(entry.statusListCredential);
  const {verified, error} = await vc.verifyCredential({
    credential: list, suite: suite(), documentLoader, now,
  });
  if(!verified) {
    return {verified, error};
  }
  const {encodedList} = list.credentialSubject;
  const bits = gunzipSync(Buffer.from(encodedList.slice(1), 'base64url'));
  const index = Number(entry.statusListIndex);
  const isSet = (bits[index >> 3] >> (7 - index % 8)) & 1;
  return {verified: !isSet, error: isSet ? new Error('Revoked.') : undefined};
}

function why(result) {
  const errors = [result.error, result.statusResult?.error].filter(Boolean);
  return errors.flatMap(error => [error, ...(error.errors || [])])
    .map(error => error.message).join(' | ');
}

for(const file of files) {
  const credential = await readJson(file);
  const result = await vc.verifyCredential({
    credential, suite: suite(), documentLoader, now,
    checkStatus: credential.credentialStatus && checkStatus,
  });
  console.log(JSON.stringify({verified: result.verified, why: why(result)}));
}
