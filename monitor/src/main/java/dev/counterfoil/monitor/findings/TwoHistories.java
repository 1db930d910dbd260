package dev.counterfoil.monitor.findings;

import dev.counterfoil.monitor.findings.Finding.Kind;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Logs of which two histories are known, because a disk was put back or two are shown. A token that
 * such a log does not have may be an honest one of the other history, so no finding says of it that
 * its key was used outside the signer.
 */
public final class TwoHistories {
  private static final List<String> TELL =
      Stream.of(Kind.LOG_FORK, Kind.LOG_ROLLBACK, Kind.SPLIT_VIEW).map(Kind::text).toList();

  /** Kinds of findings that assert of a token that no signer composed it. */
  static final List<String> TOKENS =
      Stream.of(Kind.FORGED_TOKEN, Kind.DIGEST_DIFFERS, Kind.WITHDRAWN_KEY_USED)
          .map(Kind::text)
          .toList();

  /** What the summary of such a token's finding says, behind the log's name. */
  static final String SAID = " has two histories. This may be an honest token of the other one";

  private TwoHistories() {}

  /** Whether two histories of a domain's log were found, by both names. */
  public static BiPredicate<String, String> in(Jdbi database) {
    return (domain, log) -> database.withHandle(handle -> isKnown(handle, domain, log));
  }

  /**
   * A finding of two histories changes the summaries of all findings of that log's tokens. One of a
   * token changes only its own: an attacker may cause many of them.
   *
   * @param id of the finding, which was added just now
   */
  static void heed(Handle handle, Finding raised, long id) {
    if (TELL.contains(raised.kind().text())) {
      log(raised).ifPresent(log -> tell(handle, raised.domain(), log, ""));
    } else if (TOKENS.contains(raised.kind().text())) {
      heed(handle, id);
    }
  }

  /** Changes the summary of a token's finding if two histories of its log are known. */
  static void heed(Handle handle, long id) {
    handle
        .createQuery("SELECT domain, log FROM findings WHERE id = :id AND log IS NOT NULL")
        .bind("id", id)
        .map((row, context) -> List.of(row.getString("domain"), row.getString("log")))
        .findOne()
        .filter(one -> isKnown(handle, one.getFirst(), one.getLast()))
        .ifPresent(one -> tell(handle, one.getFirst(), one.getLast(), " AND id = " + id));
  }

  /** Whether two histories of a log were found, or that it went back. */
  static boolean isKnown(Handle handle, String domain, String log) {
    return handle
        .createQuery(
            "SELECT EXISTS (SELECT 1 FROM findings WHERE kind IN (<kinds>) AND domain = :domain"
                + " AND (log = :log OR (kid = '' AND token > :from AND token < :to)))")
        .bindList("kinds", TELL)
        .bind("domain", domain)
        .bind("log", log)
        .bind("from", domain + " " + log + "/")
        // The character behind the slash.
        .bind("to", domain + " " + log + "0")
        .mapTo(Boolean.class)
        .one();
  }

  /** The log that a finding is about: those of a size of one name it in their subject. */
  private static Optional<String> log(Finding finding) {
    String named = finding.subject().log();
    String about = finding.subject().token();
    String domain = finding.domain() + " ";
    int end = about.indexOf('/', domain.length());
    return named != null
        ? Optional.of(named)
        : about.startsWith(domain) && end > 0
            ? Optional.of(about.substring(domain.length(), end))
            : Optional.empty();
  }

  private static void tell(Handle handle, String domain, String log, String which) {
    String more =
        " Log " + log + SAID + ", and nobody can tell from the log which tokens are honest.";
    handle
        .createUpdate(
            "UPDATE findings SET summary = replace(summary, :outside, :unless) || :more"
                + " WHERE kind IN (<kinds>) AND domain = :domain AND log = :log"
                + " AND coalesce(json_extract(detail, '$.presented.counterfoil'), 0) = 0"
                + " AND instr(summary, :more) = 0"
                + which)
        .bindList("kinds", TOKENS)
        .bind("outside", Finding.USED_OUTSIDE)
        .bind("unless", Finding.USED_OUTSIDE + ", unless the token is of its log's other history")
        .bind("more", more)
        .bind("domain", domain)
        .bind("log", log)
        .execute();
  }
}
