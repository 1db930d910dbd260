package dev.counterfoil.log.care;

import dev.counterfoil.log.journal.JournalReader;
import dev.counterfoil.log.tiles.FrontierMark;
import dev.counterfoil.log.tiles.LeafDigester;
import dev.counterfoil.log.tiles.TreeState;
import java.io.IOException;
import java.util.Optional;

/**
 * The leaves that a journal's records make.
 *
 * @param journal of a log of tokens, or of digests from outside
 */
record JournalLeaves(JournalReader journal) implements HashedLeaves {
  @Override
  public long scan(long from, long to, Derived derived) throws IOException {
    long[] bytes = {0};
    LeafDigester digester = new LeafDigester();
    journal.scanInPlace(
        from,
        to,
        (position, payload) -> {
          bytes[0] += payload.remaining();
          derived.leaf(position, digester.digestAt(position, payload));
        });
    return bytes[0];
  }

  @Override
  public Optional<TreeState> begin() throws IOException {
    FrontierMark begin = journal.beginMark();
    return begin.size() == 0
        ? Optional.empty()
        : Optional.of(new TreeState(begin.size(), begin.root()));
  }
}
