import assert from 'node:assert/strict';
import { signInPath, wayBack } from '../../../mx/access/way-back.ts';

describe('the way back from where users sign in', () => {
  it('leads to where they were', () => {
    for (const path of ['/', '/journal?entity=a%3Ab&x=1', '/units/a%2Fb%231'])
      assert.equal(wayBack(path), path, path);
    assert.equal(signInPath('/journal?a=1'), '/login?next=%2Fjournal%3Fa%3D1');
    assert.equal(signInPath('/'), '/login');
  });

  it('never leads to another site', () => {
    for (const path of [
      undefined,
      '',
      'https://evil.example/',
      '//evil.example/',
      '///evil.example/',
      '/\\evil.example/',
      '/\t/evil.example/',
      '\t//evil.example/',
      '/..//evil.example/',
      '/./\\evil.example',
      'javascript:alert(1)',
      'data:text/html,x',
      'evil.example',
      '@evil.example',
    ]) {
      const to = wayBack(path);
      assert.equal(new URL(to, 'http://127.0.0.1:5000').origin, 'http://127.0.0.1:5000', String(path));
      assert.doesNotMatch(to, /^\/[/\\]/, String(path));
    }
  });

  it('does not lead in a circle', () => {
    for (const path of ['/login', '/login?next=/x', '/logout', '/invitation/x'])
      assert.equal(wayBack(path), '/');
  });
});
