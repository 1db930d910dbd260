package dev.counterfoil.authority.settings;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongPredicate;

/**
 * For which of some audiences the newest tokens of each log are, so that a service can receive its
 * own leaves only (spec/leaves.md). In memory, 8 MiB a log. A token of which nothing is known here
 * may be for any of them: one that another process issued, or this one before it started, or so
 * long ago that its place is taken. So its leaf goes to all who ask, and nobody misses any.
 */
public final class AudienceMarks {
  /** Most audiences whose leaves can be had by themselves: a bit each. */
  static final int AUDIENCES_MAX = 32;

  /** Tokens of each log of which something is known: ten seconds of the fastest log. */
  private static final int TOKENS = 1 << 20;

  /** Most logs: those of the keys that sign, and of a few before them. */
  private static final int LOGS_MAX = 16;

  private final List<String> audiences;
  private final Map<String, AtomicLongArray> logs = new ConcurrentHashMap<>();

  public AudienceMarks(List<String> audiences) {
    this.audiences = List.copyOf(audiences);
  }

  /** Whether the leaves of an audience's tokens can be had by themselves. */
  public boolean isMarked(String audience) {
    return audiences.contains(audience);
  }

  /** Marks a token that was just issued. */
  public void issued(String token, List<String> itsAudiences) {
    if (audiences.isEmpty()) {
      return;
    }
    int mask = 0;
    for (int i = 0; i < audiences.size(); i++) {
      if (itsAudiences.contains(audiences.get(i))) {
        mask |= 1 << i;
      }
    }
    try {
      byte[] payload = Base64Url.decode(token.split("\\.", -1)[1]);
      TokenId id = TokenId.parse(StrictJson.object(payload, payload.length).string("jti"));
      if (logs.size() >= LOGS_MAX && !logs.containsKey(id.log())) {
        logs.clear();
      }
      logs.computeIfAbsent(id.log(), name -> new AtomicLongArray(TOKENS))
          .setRelease((int) (id.position() % TOKENS), lap(id.position()) | (mask & 0xffffffffL));
    } catch (FormatException e) {
      throw new IllegalStateException("the signer's token has no identifier of ours", e);
    }
  }

  /** Which of a log's positions are, or may be, those of an audience's tokens. */
  public LongPredicate of(String log, String audience) {
    AtomicLongArray marks = logs.get(log);
    int bit = audiences.indexOf(audience);
    if (marks == null || bit < 0) {
      return position -> true;
    }
    return position -> {
      long mark = marks.getAcquire((int) (position % TOKENS));
      return (mark & ~0xffffffffL) != lap(position) || ((mark >>> bit) & 1) == 1;
    };
  }

  /** In the upper half, so that no place is taken for that of an earlier position; never zero. */
  private static long lap(long position) {
    return (position / TOKENS + 1) << 32;
  }
}
