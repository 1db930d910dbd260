package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLogEvent.GroupRevoked;
import dev.counterfoil.format.keylog.KeyLogEvent.TokenRevoked;
import dev.counterfoil.format.keylog.KeySet.RevokedGroup;
import dev.counterfoil.format.keylog.KeySet.RevokedToken;
import dev.counterfoil.format.keys.GroupHandle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tokens and groups of tokens that are no good, wherever that stands: never narrowed by a later
 * entry, and forgotten when the last token has expired. Not safe for concurrent use.
 */
final class Revocations {
  private final Map<TokenPosition, RevokedToken> tokens = new LinkedHashMap<>();
  private final Map<GroupHandle, RevokedGroup> groups = new LinkedHashMap<>();

  private record TokenPosition(String log, long position) {}

  /** Takes in entries of a revocation log, all of them or none. */
  void take(List<byte[]> entries) throws FormatException {
    List<KeyLogEvent.Takes> events = new ArrayList<>();
    for (byte[] entry : entries) {
      events.add(RevocationLogs.parse(entry));
    }
    events.forEach(this::take);
  }

  /** Takes in a revocation; what is none changes nothing. */
  void take(KeyLogEvent.Takes event) {
    if (event instanceof TokenRevoked token) {
      tokens.merge(
          new TokenPosition(token.log(), token.position()),
          new RevokedToken(token.log(), token.position(), token.until()),
          (a, b) -> a.until().isBefore(b.until()) ? b : a);
    } else if (event instanceof GroupRevoked group) {
      groups.merge(
          group.group(),
          new RevokedGroup(group.group(), group.before(), group.until()),
          RevokedGroup::wider);
    }
  }

  Optional<RevokedToken> token(String log, long position) {
    return Optional.ofNullable(tokens.get(new TokenPosition(log, position)));
  }

  Optional<RevokedGroup> group(GroupHandle group) {
    return Optional.ofNullable(groups.get(group));
  }

  List<RevokedToken> tokens() {
    return List.copyOf(tokens.values());
  }

  List<RevokedGroup> groups() {
    return List.copyOf(groups.values());
  }

  int count() {
    return tokens.size() + groups.size();
  }

  void forget(Instant now) {
    tokens.values().removeIf(token -> !now.isBefore(token.until()));
    groups.values().removeIf(group -> !now.isBefore(group.until()));
  }

  Revocations copy() {
    Revocations copy = new Revocations();
    copy.tokens.putAll(tokens);
    copy.groups.putAll(groups);
    return copy;
  }
}
