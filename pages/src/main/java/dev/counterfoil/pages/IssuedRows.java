package dev.counterfoil.pages;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Tokens that were issued in a person's name, the latest first.
 *
 * @param rows some of them
 * @param older where the next ones begin
 */
public record IssuedRows(List<Row> rows, Optional<String> older) {
  /** How a token is. */
  public enum State {
    VALID("issued.valid", "ok"),
    EXPIRED("issued.expired", ""),
    REVOKED("issued.revoked", "bad");

    private final String key;
    private final String style;

    State(String key, String style) {
      this.key = key;
      this.style = style;
    }

    /** The name of its text. */
    public String key() {
      return key;
    }

    /** Its class. */
    public String style() {
      return style;
    }
  }

  /**
   * One token.
   *
   * @param id with which it is revoked
   * @param issuedAt when
   * @param client to whom
   * @param audience for whom
   * @param scope what it allows
   * @param expires when
   * @param state how it is now
   */
  public record Row(
      String id,
      Instant issuedAt,
      String client,
      String audience,
      String scope,
      Instant expires,
      State state) {}
}
