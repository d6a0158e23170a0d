import { expect, test } from 'vitest';
import { createRepositoryIndex } from './repository-index.ts';

test('the same repository is found in whatever form a Repository has its URL', () => {
  const index = createRepositoryIndex();
  index.set('a/one', 'https://git.example.org/Team/App.git');
  index.set('b/two', 'ssh://git@git.example.org:2222/team/app');
  index.set('c/three', 'git@git.example.org:team/other.git');
  expect([...index.find(['git.example.org/team/app'])].toSorted()).toEqual(['a/one', 'b/two']);
  expect([...index.find(['git.example.org/team/app', 'git.example.org/team/other'])]).toHaveLength(3);
  expect([...index.find([])]).toEqual([]);
  expect([...index.find(['git.example.org/team'])]).toEqual([]);
});

test('a Repository that has another URL, one that names nothing, or is gone, is not found any more', () => {
  const index = createRepositoryIndex();
  index.set('a/one', 'https://git.example.org/app');
  index.set('a/one', 'https://git.example.org/new');
  expect([...index.find(['git.example.org/app'])]).toEqual([]);
  expect([...index.find(['git.example.org/new'])]).toEqual(['a/one']);
  index.set('a/one', 'nonsense');
  expect([...index.find(['git.example.org/new'])]).toEqual([]);
  index.set('a/one', 'https://git.example.org/app');
  index.delete('a/one');
  index.delete('a/one');
  expect([...index.find(['git.example.org/app'])]).toEqual([]);
});
