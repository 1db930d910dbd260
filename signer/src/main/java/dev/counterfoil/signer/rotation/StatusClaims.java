package dev.counterfoil.signer.rotation;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.StatusList;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The {@code status} claims of the tokens of one log, which say where services that read no key log
 * find whether a token was revoked (draft-ietf-oauth-status-list, 6).
 */
public final class StatusClaims {
  private static final int INDEX_DIGITS_MAX = 7;
  private static final int NUMBER_DIGITS_MAX = 9;

  private final String issuer;
  private final String log;

  /** The list of the newest tokens; made anew every million of them. */
  private volatile @Nullable StatusList newest;

  StatusClaims(String issuer, String log) {
    this.issuer = issuer;
    this.log = log;
  }

  /** The member for the token at a position, with the comma before it. */
  public byte[] at(long position) {
    StatusList list = newest;
    if (list == null || !list.covers(log, position)) {
      list = new StatusList(issuer, log, StatusList.numberOf(position));
      newest = list;
    }
    return member(list.index(position), list.uri()).getBytes(StandardCharsets.UTF_8);
  }

  private static String member(int index, String uri) {
    StringBuilder out = new StringBuilder(160);
    out.append(",\"status\":{\"status_list\":{\"idx\":").append(index).append(",\"uri\":");
    JsonObject.quote(out, uri);
    return out.append("}}").toString();
  }

  /** Length of a member at most, in bytes. */
  public int bytesMax() {
    String shortest = member(0, new StatusList(issuer, log, 0).uri());
    return shortest.getBytes(StandardCharsets.UTF_8).length + INDEX_DIGITS_MAX + NUMBER_DIGITS_MAX;
  }
}
