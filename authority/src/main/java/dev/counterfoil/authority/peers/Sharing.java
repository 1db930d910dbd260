package dev.counterfoil.authority.peers;

import dev.counterfoil.authority.settings.PeersEntry;

/**
 * What a domain shares with its other authorities.
 *
 * @param entry who they are
 * @param peers reaches them
 * @param ends what ends at all of them
 * @param homes whose codes and refresh tokens are whose
 */
public record Sharing(PeersEntry entry, Peers peers, SharedEnds ends, GrantHomes homes)
    implements AutoCloseable {
  @Override
  public void close() {
    ends.close();
    peers.close();
  }
}
