import type { Rule } from './rule.js'
import { allRecordings, cliSource, documentation, openapi, recorded, rfc } from './sources.js'

export const representation = [
  {
    id: 'json-compact',
    label: 'observed',
    statement:
      'Bodies are JSON without spaces or line breaks, unless `pretty` asks for them, and `&` and `/` are not escaped.',
    sources: [
      allRecordings('every body but that of the 401 challenge'),
      recorded('listOrgs', '`&` in the link of each page'),
    ],
  },
  {
    id: 'json-key-order',
    label: 'observed',
    statement: 'Keys of objects stand in code-point order at every level of projects, links, lists and errors.',
    sources: [allRecordings('every body of the operations served here, the specs of clusters excepted')],
  },
  {
    id: 'json-dates',
    label: 'observed',
    statement: 'Dates in bodies are written like `2026-08-10T03:05:16Z`, in UTC without a fraction of a second.',
    sources: [allRecordings('every date of the operations served here')],
  },
  {
    id: 'success-content-type',
    label: 'observed',
    statement:
      'The `Content-Type` of a success is `application/vnd.atlas.{date}+json;charset=utf-8` with the date of the version served, not of the date asked for.',
    sources: [allRecordings('every success'), documentation('samples ask for 2025-03-12 and get 2024-11-13')],
  },
  {
    id: 'error-content-type',
    label: 'observed',
    statement: 'The `Content-Type` of an error is `application/json`, without a charset.',
    sources: [allRecordings('77 of 77 errors looked at')],
  },
  {
    id: 'long-body-streamed',
    label: 'observed',
    statement:
      'A body of more than 8,192 bytes has no `Content-Length` and is chunked over HTTP/1.1; every shorter one has a `Content-Length`.',
    sources: [allRecordings('1,325 of 1,325 longer bodies, all but 2 of 32,323 shorter ones')],
  },
  {
    id: 'long-body-http10-head',
    label: 'chosen',
    statement:
      'A body of more than 8,192 bytes ends with the connection over HTTP/1.0, and a HEAD of it has no `Content-Length` either.',
  },
  {
    id: 'gzip-success',
    label: 'observed',
    statement:
      'A success body of 32 bytes and more to a GET or POST is compressed with gzip for a client that accepts it; errors, shorter bodies and answers to PATCH and DELETE never are.',
    sources: [
      allRecordings('the recorder undid the compression, together with `Content-Encoding` and `Vary`'),
      recorded('updateGroup', '208 answers without'),
      recorded('deleteGroup', '271 answers without'),
    ],
  },
  {
    id: 'gzip-q-values',
    label: 'documented',
    statement: 'Which encoding a client accepts goes by the weights of `Accept-Encoding`.',
    sources: [rfc(9110, '12.5.3')],
  },
  {
    id: 'gzip-details',
    label: 'chosen',
    statement:
      'Compression comes after `pretty` and `envelope`, at the token endpoint too; its two limits count bytes before it, `Content-Length` those after it; a client that weighs `identity` as high as `gzip` gets `identity`.',
  },
  {
    id: 'gzip-faults',
    label: 'chosen',
    statement:
      'A fault that breaks a body off counts the bytes sent, one that spoils JSON does so before compression, and the journal keeps the plain text.',
  },
  {
    id: 'head-like-get',
    label: 'documented',
    statement: 'HEAD answers as GET does, headers included, without the body.',
    sources: [rfc(9110, '9.3.2')],
  },
  {
    id: 'pretty-form',
    label: 'observed',
    statement:
      '`pretty=true` indents by two spaces, puts a space on both sides of a colon, keeps arrays on one line with a space inside each bracket, opens objects in an array on that line, and writes empty ones as `[ ]` and `{ }`.',
    sources: [
      recorded('challenge to a GET', 'the one body that is always printed so'),
      documentation('samples of answers'),
    ],
  },
  {
    id: 'envelope-entity',
    label: 'documented',
    statement:
      '`envelope=true` wraps a single entity as `{"content":{…},"status":201}`, and leaves a page as it is but for an added `status`.',
    sources: [openapi('parameter envelope')],
  },
  {
    id: 'envelope-others',
    label: 'chosen',
    statement: 'Errors are wrapped as a single entity is, and the HTTP status stays as it is.',
  },
  {
    id: 'envelope-delete',
    label: 'chosen',
    statement: 'What would be a 204 answers 200 with `{"content":{},"status":204}` when an envelope is asked for.',
  },
  {
    id: 'pretty-envelope-everywhere',
    label: 'chosen',
    statement: '`pretty` and `envelope` work on every operation and every error but the 401 challenge and a 405.',
  },
  {
    id: 'query-values',
    label: 'chosen',
    statement:
      'Flags are `true` or `false` in any case, a bare name or an empty value meaning true, and integers have one to nine digits and lie in their range.',
  },
  {
    id: 'query-first-fault',
    label: 'chosen',
    statement:
      'A bad value, or a known parameter that is given twice, is an error that names the first such parameter of the URL, printed as if a bad flag were false.',
  },
  {
    id: 'query-unknown-ignored',
    label: 'chosen',
    statement: 'Unknown query parameters are ignored, and so are paging parameters where the answer is no page.',
  },
  {
    id: 'query-empty-absent',
    label: 'observed',
    statement: 'A parameter that is sent empty counts as absent, unless it is a flag.',
    sources: [cliSource('it sends `?projectOwnerId=` with every create of a project')],
  },
] as const satisfies readonly Rule[]
