package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.policy.TrustPolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one affected tenant is told, and nobody else: which of its accounts forged tokens were made
 * for, when and where they were shown, and under which keys.
 *
 * @param incident the incident's name
 * @param domain trust domain that speaks
 * @param tenant who is told
 * @param issuedAt when, to the second
 * @param keys keys that the tokens of the incident name; the key log says which are still valid
 * @param affected accounts, each with what is known; none where an earlier notice was wrong
 * @param advice what to do, for people
 * @param details what else the tenant needs
 */
public record TheftNotice(
    String incident,
    String domain,
    String tenant,
    Instant issuedAt,
    List<String> keys,
    List<AffectedAccount> affected,
    String advice,
    Details details) {
  /** The JWS type. */
  public static final String TYPE = "counterfoil-notice+jwt";

  /** Most accounts of one notice. */
  public static final int AFFECTED_MAX = 10_000;

  /**
   * An account of the tenant.
   *
   * @param subject the account
   * @param firstSeenAt when a forged token for it was first shown
   * @param lastSeenAt when last
   * @param tokens how many forged tokens
   * @param accepted how many of them a service let in
   * @param services who saw them
   * @param tokenNames digests of those that were let in, or a {@code jti} where no digest was seen;
   *     the first ones
   */
  public record AffectedAccount(
      String subject,
      Instant firstSeenAt,
      Instant lastSeenAt,
      long tokens,
      long accepted,
      List<String> services,
      List<String> tokenNames) {
    public AffectedAccount {
      services = List.copyOf(services);
      tokenNames = List.copyOf(tokenNames);
      if (tokens < 1 || accepted < 0 || accepted > tokens || lastSeenAt.isBefore(firstSeenAt)) {
        throw new IllegalArgumentException("an affected account has tokens, seen in order");
      }
    }

    /** One whose tokens are not named. */
    public AffectedAccount(
        String subject,
        Instant firstSeenAt,
        Instant lastSeenAt,
        long tokens,
        long accepted,
        List<String> services) {
      this(subject, firstSeenAt, lastSeenAt, tokens, accepted, services, List.of());
    }

    /** As it stands in notices (spec/notice.md). */
    public JsonObject toJson() {
      JsonObject json = plainJson();
      return tokenNames.isEmpty() ? json : json.with("token_names", tokenNames);
    }

    private JsonObject plainJson() {
      return JsonObject.builder()
          .put("subject", subject)
          .put("first_seen_at_ms", firstSeenAt.toEpochMilli())
          .put("last_seen_at_ms", lastSeenAt.toEpochMilli())
          .put("tokens", tokens)
          .put("accepted", accepted)
          .put("services", services)
          .build();
    }

    /** Reads one; IllegalArgumentException where it breaks a rule above. */
    public static AffectedAccount parse(JsonObject json) throws FormatException {
      json.allowOnly(
          "subject",
          "first_seen_at_ms",
          "last_seen_at_ms",
          "tokens",
          "accepted",
          "services",
          "token_names");
      return new AffectedAccount(
          json.string("subject"),
          Instant.ofEpochMilli(json.number("first_seen_at_ms")),
          Instant.ofEpochMilli(json.number("last_seen_at_ms")),
          json.number("tokens"),
          json.number("accepted"),
          json.strings("services"),
          json.has("token_names") ? json.strings("token_names") : List.of());
    }
  }

  /**
   * What a tenant needs besides.
   *
   * @param statement the version of the public statement that this goes with; 0 for none
   * @param touched what was opened, one line each: a mailbox with its items and times
   * @param evidence where the evidence is
   * @param notKnown what is not known yet
   * @param nextWordAt when the next word comes
   * @param corrections of what earlier notices said
   * @param counted makes this tenant's line in the published list
   */
  public record Details(
      long statement,
      List<String> touched,
      List<String> evidence,
      List<String> notKnown,
      Optional<Instant> nextWordAt,
      List<Correction> corrections,
      VictimCounts.OfTenant counted) {
    /** Nothing. */
    public static final Details NONE =
        new Details(
            0,
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            List.of(),
            VictimCounts.OfTenant.NONE);

    public Details {
      touched = List.copyOf(touched);
      evidence = List.copyOf(evidence);
      notKnown = List.copyOf(notKnown);
      corrections = List.copyOf(corrections);
    }

    JsonObject toJson() {
      JsonObject json =
          JsonObject.builder()
              .put("statement", statement)
              .put("touched", touched)
              .put("evidence", evidence)
              .put("not_known", notKnown)
              .put("corrections", corrections.stream().map(Correction::toJson).toList())
              .put("counted_salt", counted.salt())
              .put("counted_accounts", counted.people())
              .put("counted_items", counted.items())
              .build();
      return nextWordAt.isEmpty()
          ? json
          : json.with("next_word_at", nextWordAt.get().getEpochSecond());
    }

    static Details parse(JsonObject json) throws FormatException {
      json.allowOnly(
          "statement",
          "touched",
          "evidence",
          "not_known",
          "next_word_at",
          "corrections",
          "counted_salt",
          "counted_accounts",
          "counted_items");
      List<Correction> corrections = new ArrayList<>();
      for (JsonObject one : json.objects("corrections")) {
        corrections.add(Correction.parse(one));
      }
      Optional<Long> next = json.optionalNumber("next_word_at");
      if (next.filter(at -> at < 0 || at > SignedDisclosure.EPOCH_SECOND_MAX).isPresent()) {
        throw new FormatException("member next_word_at is no time");
      }
      return new Details(
          json.number("statement"),
          json.strings("touched"),
          json.strings("evidence"),
          json.strings("not_known"),
          next.map(Instant::ofEpochSecond),
          corrections,
          new VictimCounts.OfTenant(
              json.string("counted_salt"),
              json.number("counted_accounts"),
              json.number("counted_items")));
    }
  }

  /** A notice without details. */
  public TheftNotice(
      String incident,
      String domain,
      String tenant,
      Instant issuedAt,
      List<String> keys,
      List<AffectedAccount> affected,
      String advice) {
    this(incident, domain, tenant, issuedAt, keys, affected, advice, Details.NONE);
  }

  public TheftNotice {
    keys = List.copyOf(keys);
    affected = List.copyOf(affected);
    if (affected.size() > AFFECTED_MAX || advice.isBlank()) {
      throw new IllegalArgumentException(
          "a notice names at most 10,000 accounts and says what to do");
    }
    if (affected.isEmpty() && details.touched().isEmpty() && details.statement() < 1) {
      throw new IllegalArgumentException(
          "a notice names an account or what was opened, unless an earlier one was wrong");
    }
  }

  /** Whether an account is among the affected ones; upper and lower case are one. */
  public boolean affects(String account) {
    return affected.stream().anyMatch(one -> one.subject().equalsIgnoreCase(account));
  }

  /**
   * Verifies a notice offline.
   *
   * @param policy the receiver's policy for the domain that claims to speak
   * @param tenant the receiver: a notice for another tenant is refused
   * @throws DisclosureException when it must not be believed
   */
  public static TheftNotice verify(SignedDisclosure signed, TrustPolicy policy, String tenant)
      throws DisclosureException {
    TheftNotice notice = verify(signed, policy);
    if (!notice.tenant.equals(tenant)) {
      throw new DisclosureException("it is for another tenant");
    }
    return notice;
  }

  /** The same for a reader who looks at the tenant's name. */
  public static TheftNotice verify(SignedDisclosure signed, TrustPolicy policy)
      throws DisclosureException {
    TheftNotice notice;
    try {
      notice = parse(signed.verify(TYPE, policy));
    } catch (FormatException | IllegalArgumentException e) {
      throw new DisclosureException("it is not a notice: " + e.getMessage(), e);
    }
    return notice;
  }

  /** What is signed. */
  public JsonObject toJson() {
    JsonObject json = plainJson();
    return details.equals(Details.NONE) ? json : json.with("details", details.toJson());
  }

  private JsonObject plainJson() {
    return JsonObject.builder()
        .put("v", 1)
        .put("incident", incident)
        .put("domain", domain)
        .put("tenant", tenant)
        .put("iat", issuedAt.getEpochSecond())
        .put("keys", keys)
        .put("affected", affected.stream().map(AffectedAccount::toJson).toList())
        .put("advice", advice)
        .build();
  }

  /** Reads what was signed; IllegalArgumentException where it breaks a rule above. */
  public static TheftNotice parse(JsonObject json) throws FormatException {
    json.allowOnly(
        "v", "incident", "domain", "tenant", "iat", "keys", "affected", "advice", "details");
    Optional<JsonObject> details = json.optionalObject("details");
    List<AffectedAccount> affected = new ArrayList<>();
    for (JsonObject account : json.objects("affected")) {
      affected.add(AffectedAccount.parse(account));
    }
    return new TheftNotice(
        json.string("incident"),
        json.string("domain"),
        json.string("tenant"),
        Instant.ofEpochSecond(json.number("iat")),
        json.strings("keys"),
        affected,
        json.string("advice"),
        details.isEmpty() ? Details.NONE : Details.parse(details.get()));
  }
}
