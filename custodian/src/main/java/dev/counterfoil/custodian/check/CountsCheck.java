package dev.counterfoil.custodian.check;

import dev.counterfoil.custodian.CustodianAnswers;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The auditor's end of custody (spec/custody.md): fetches all tenants' counts from a custodian and
 * checks that they are those of his statement and add up to the log, so that nobody's tokens are
 * left out.
 */
public final class CountsCheck {
  private final CosignerKey custodianKey;
  private final CustodianAnswers answers;

  /**
   * What came of it.
   *
   * @param head the log's signed state that the counts are of; empty where the custodian gave none
   *     that is good
   * @param counts of all tenants that have tokens in the log, by name
   * @param fault what is wrong; empty where these are all
   */
  public record Verdict(
      Optional<Checkpoint> head, List<TenantCount> counts, Optional<String> fault) {
    public Verdict {
      counts = List.copyOf(counts);
    }

    /** Whether these are all. */
    public boolean isAll() {
      return head.isPresent() && fault.isEmpty();
    }
  }

  /**
   * A check against one custodian.
   *
   * @param custodian its URL
   * @param custodianKey whose word the statement must be
   * @param token access token for the custodian with scope counterfoil:custody-audit
   */
  public CountsCheck(HttpClient http, URI custodian, CosignerKey custodianKey, String token) {
    this(custodianKey, CustodianAnswers.overHttp(http, custodian, token));
  }

  CountsCheck(CosignerKey custodianKey, CustodianAnswers answers) {
    this.custodianKey = custodianKey;
    this.answers = answers;
  }

  /**
   * Fetches and checks the counts of one log.
   *
   * @throws IOException when the custodian does not give them
   */
  public Verdict check(NoteKey log) throws IOException, InterruptedException {
    try {
      JsonObject all = answers.get(log.name(), "tenants");
      Checkpoint head = CustodianAnswers.head(all, log);
      CustodyStatement statement = CustodianAnswers.statement(all, log, custodianKey);
      List<TenantCount> counts = new ArrayList<>();
      for (JsonObject count : all.objects("counts")) {
        counts.add(parse(count));
      }
      Optional<String> fault = statement.faultOf(counts);
      if (!statement.checkpoint().equals(head)) {
        fault = Optional.of(CustodianAnswers.OTHER_STATE);
      }
      // Those that fill the tree up are nobody's.
      List<TenantCount> named =
          counts.stream()
              .filter(count -> !count.tenant().isEmpty())
              .sorted(Comparator.comparing(TenantCount::tenant))
              .toList();
      return new Verdict(Optional.of(head), named, fault);
    } catch (FormatException e) {
      return new Verdict(
          Optional.empty(),
          List.of(),
          Optional.of("the custodian's statement is no good: " + e.getMessage()));
    }
  }

  private static TenantCount parse(JsonObject count) throws FormatException {
    try {
      return new TenantCount(
          count.string("tenant"), count.number("count"), Hash.parseBase64(count.string("salt")));
    } catch (IllegalArgumentException e) {
      throw new FormatException("a count is out of its bounds", e);
    }
  }
}
