import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Watched } from '../../../cluster/zookeeper-watched.ts';

const stat = { version: 3, mzxid: 7n };

function filled(): Watched {
  const watched = new Watched();
  watched.sawStat('/table', stat);
  watched.sawChildren('/live', ['a', 'b']);
  watched.sawChildren('/ring', []);
  return watched;
}

function known(watched: Watched): string {
  const parts = ['/table', '/live', '/ring'].filter(
    (path) => (watched.stat(path) ?? watched.children(path)) !== undefined,
  );
  return parts.join(' ');
}

describe('what watches stand guard over', () => {
  it('is known until its own watch fires', () => {
    const watched = filled();
    expect(known(watched)).to.equal('/table /live /ring');
    watched.fired('/live');
    expect(known(watched)).to.equal('/table /ring');
    watched.fired('/table');
    watched.fired('/elsewhere');
    expect(known(watched)).to.equal('/ring');
    watched.sawStat('/table', stat);
    expect(watched.stat('/table')).to.equal(stat);
  });

  it('is forgotten altogether when a watch fired of which nobody knows whose it was', () => {
    const watched = filled();
    watched.fired(undefined);
    expect(known(watched)).to.equal('');
  });

  it('is the same list for as long as it is known', () => {
    const watched = filled();
    expect(watched.children('/live')).to.equal(watched.children('/live'));
  });
});
