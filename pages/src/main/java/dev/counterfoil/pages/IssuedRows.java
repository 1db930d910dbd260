package dev.counterfoil.pages;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;

/**
 * Tokens that were issued in a person's name, the latest first.
 *
 * @param rows some of them
 * @param older where the next ones begin
 * @param months that can be chosen, the latest first
 * @param month the one that is shown; empty for all
 * @param clientId the application that is shown; empty for all
 */
public record IssuedRows(
    List<Row> rows,
    Optional<String> older,
    List<YearMonth> months,
    Optional<YearMonth> month,
    Optional<String> clientId) {
  /** The query that shows the same selection of another application, without a {@code ?}. */
  public String of(String otherClientId) {
    return "month="
        + month.map(YearMonth::toString).orElse("")
        + "&application="
        + URLEncoder.encode(otherClientId, StandardCharsets.UTF_8);
  }

  /** The query of the tokens that come after these. */
  public String next() {
    return of(clientId.orElse("")) + "&before=" + older.orElse("");
  }

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
   * @param clientId its {@code client_id}
   * @param audience for whom
   * @param scope what it allows
   * @param expires when
   * @param state how it is now
   */
  public record Row(
      String id,
      Instant issuedAt,
      String client,
      String clientId,
      String audience,
      String scope,
      Instant expires,
      State state) {}
}
