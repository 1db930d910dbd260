package dev.counterfoil.auditserver.issued;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.custodian.following.FollowedIssuer;
import dev.counterfoil.custodian.following.FollowedLogView;
import dev.counterfoil.custodian.following.LogFollower;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.SignerWord;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.log.record.Counterfoil;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Issued tokens as events of the audit log. The counterfoil, which is durable before its token is
 * signed, is the event: it is held here, filed by tenant, and shown in the audit log's form when
 * somebody asks. So issuing costs nothing more, no second leaf says the same, and the proof is that
 * of the tokens' own log.
 */
public final class Issuances {
  /** A page does not wait as long as an export for what is on its way. */
  private static final Duration MOMENT = Duration.ofMillis(500);

  /** Most counterfoils that one question reads. */
  private static final int LOOKED_MAX = 20_000;

  /** The log published a token at the position, and its counterfoil did not come. */
  static final String NOT_HELD_HERE = "published-not-held";

  private static final String AT_ITS_POSITION = "the log contains another token at this position";

  /** The authority handed the token out, and its log has another one at the position. */
  static final String LOST_BY_ITS_LOG = "lost-by-its-log";

  /** The authority handed the token out, and its log published nothing at the position. */
  static final String NOT_PUBLISHED = "released-not-published";

  /** The log has two histories, and the one that is held here does not have the token. */
  static final String TWO_HISTORIES = "two-histories";

  /** What its log published since was not read: it may have published the token. */
  static final String LOG_NOT_READ = "log-not-read";

  /** Another issuer's token, as it says itself or as that one's log shows. */
  private static final String ANOTHER_ISSUER = "another-issuer";

  /** Nobody can tell from here that it was not issued. */
  static final Set<String> NOT_KNOWN =
      Set.of(
          NOT_HELD_HERE,
          NOT_PUBLISHED,
          LOST_BY_ITS_LOG,
          TWO_HISTORIES,
          LOG_NOT_READ,
          ANOTHER_ISSUER);

  /** Its identifier is none of ours: it may be an attached issuer's token. */
  private static final String NO_IDENTIFIER = "no-identifier";

  private static final String NOT_OF_OUR_FORM =
      "this identifier does not have the form of this domain's tokens";

  /** What shows that a token is this domain's, or says nothing of its issuance. */
  private static final Set<String> OF_THIS_DOMAIN =
      Set.of(NOT_PUBLISHED, LOST_BY_ITS_LOG, "record-log", "another-tenant");

  /** Another issuer composed the token, and a record log has its digest. */
  private static final String RECORDED_ELSEWHERE = "recorded-elsewhere";

  private final Function<String, Optional<Integer>> tenants;
  private final Supplier<List<FollowedIssuer>> issuers;
  private final BiPredicate<String, String> twoHistories;

  /**
   * Those that a custodian holds.
   *
   * @param tenants gives a tenant's number in the name table
   * @param issuers whose logs are followed
   * @param twoHistories whether two histories are known of a domain's log, by both names
   */
  public Issuances(
      Function<String, Optional<Integer>> tenants,
      Supplier<List<FollowedIssuer>> issuers,
      BiPredicate<String, String> twoHistories) {
    this.twoHistories = twoHistories;
    this.tenants = tenants;
    this.issuers = issuers;
  }

  /** Those of a monitor that follows nobody. */
  public static Issuances none() {
    return new Issuances(tenant -> Optional.empty(), List::of, (domain, log) -> false);
  }

  /** How many counterfoils of each log of a domain count, by the logs' short names. */
  public Map<String, Long> sizes(String domain) {
    Map<String, Long> sizes = new TreeMap<>();
    followers(domain).forEach((log, follower) -> sizes.put(log, follower.custody().vouchedSize()));
    return sizes;
  }

  /**
   * Walks through a tenant's issued tokens that a query selects, one for each log, by name.
   *
   * @param above where each begins; a log that it does not name from its beginning
   * @param below where each ends; a log that it does not name at its end
   */
  public List<IssuedWalk> walks(
      Fence fence, EventQuery query, Cursor above, Cursor below, IssuedWalk.Looks looks)
      throws IOException {
    return walks(followers(fence.domain()), fence, query, above, below, looks);
  }

  /**
   * Walks through those in one log, as far as one question may look: go on from where it is tired.
   *
   * @param above only positions above
   * @param below only positions below
   */
  Optional<IssuedWalk> walk(Fence fence, EventQuery query, LogFollower log, long above, long below)
      throws IOException {
    String name = log.log().name();
    return walks(
            Map.of(name, log),
            fence,
            query,
            Cursor.of(-1, above >= 0 ? Map.of(name, above) : Map.of()),
            Cursor.of(query.before(), Map.of(name, below)),
            new IssuedWalk.Looks(LOOKED_MAX))
        .stream()
        .findFirst();
  }

  /**
   * The logs of tokens of which less is held here than is published, or that were not read lately,
   * by short names: what is asked for may stand in them. What is on its way is waited for a moment.
   * The key log where it was not read lately, because it may state more logs. The domain's own name
   * where none of its logs is followed.
   */
  public Set<String> notHeld(Fence fence) throws IOException {
    Optional<FollowedIssuer> issuer = issuer(fence.domain());
    if (issuer.isEmpty()) {
      return Set.of(fence.domain());
    }
    Set<String> logs = new TreeSet<>(issuer.get().notHeld(MOMENT));
    issuer.get().unreadKeyLog().ifPresent(unread -> logs.add(unread.log()));
    for (LogFollower follower : issuer.get().followers().values()) {
      issuer.get().unread(follower).ifPresent(unread -> logs.add(unread.log()));
    }
    return logs;
  }

  private List<IssuedWalk> walks(
      Map<String, LogFollower> logs,
      Fence fence,
      EventQuery query,
      Cursor above,
      Cursor below,
      IssuedWalk.Looks looks)
      throws IOException {
    Optional<Integer> tenant = tenants.apply(fence.tenant());
    List<IssuedWalk> walks = new ArrayList<>();
    if (tenant.isEmpty() || !IssuedSelection.isPossible(query, fence.domain())) {
      return walks;
    }
    String token = query.equal().get("token");
    Optional<TokenId> id = token == null ? Optional.empty() : parsed(token);
    if (token != null && id.isEmpty()) {
      return walks;
    }
    for (Map.Entry<String, LogFollower> log : new TreeMap<>(logs).entrySet()) {
      if (id.isPresent() && !id.get().log().equals(log.getKey())) {
        continue;
      }
      long from = above.logs().getOrDefault(log.getKey(), -1L);
      long to = below.logs().getOrDefault(log.getKey(), Long.MAX_VALUE);
      if (id.isPresent()) {
        from = Math.max(from, id.get().position() - 1);
        to = Math.min(to, id.get().position() + 1);
      }
      walks.add(
          new IssuedWalk(
              log.getValue(),
              tenant.get(),
              query,
              event -> isOf(fence, event) && IssuedSelection.matches(query, event),
              (follower, record) -> IssuedEvent.of(fence.domain(), follower, record),
              looks,
              from,
              to));
    }
    return walks;
  }

  private static Optional<TokenId> parsed(String token) {
    try {
      return Optional.of(TokenId.parse(token));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  /** What the record says of a token. */
  public sealed interface Found {
    /**
     * It was issued.
     *
     * @param event its counterfoil as an event
     * @param signIn how its person signed in, by what the token says; empty where it says nothing
     */
    record Issued(JsonObject event, Optional<SignIn> signIn) implements Found {}

    /**
     * A person's sign-in, as a token states it (RFC 9068 2.2.1).
     *
     * @param atSeconds {@code auth_time}, epoch seconds
     * @param acr how well
     * @param amr by what, with spaces between (RFC 8176)
     */
    record SignIn(long atSeconds, String acr, String amr) {
      static Optional<SignIn> of(HeldToken token) {
        return token
            .number("auth_time")
            .map(
                at ->
                    new SignIn(
                        at, token.text("acr").orElse(""), String.join(" ", token.texts("amr"))));
      }
    }

    /**
     * It was not, or nobody here may know.
     *
     * @param code stable: no-identifier, recorded-elsewhere, unknown-log, record-log, not-held,
     *     published-not-held, released-not-published, another-token, lost-by-its-log,
     *     two-histories, log-not-read, another-tenant, another-issuer
     * @param why for people
     */
    record Not(String code, String why, boolean isCopy) implements Found {
      Not(String code, String why) {
        this(code, why, false);
      }
    }
  }

  /**
   * What the record says of a token of a tenant. Logs of two domains may have the same short name,
   * so of a token of another one this domain's record says nothing.
   *
   * @param digest of its signing input, where it is known: an identifier can be copied
   * @param iss its own {@code iss}, where it is known. It is a claim: only what is held here counts
   *     as issued
   */
  public Found of(Fence fence, String tokenId, Optional<Hash> digest, Optional<String> iss)
      throws IOException {
    Found found = here(fence, tokenId, digest);
    if (!(found instanceof Found.Not not)
        || not.code().equals(RECORDED_ELSEWHERE)
        || OF_THIS_DOMAIN.contains(not.code())) {
      return found;
    }
    Optional<FollowedIssuer> own = issuer(fence.domain());
    Optional<FollowedIssuer> other = other(fence, tokenId, digest);
    boolean saysAnother =
        own.isPresent()
            && iss.isPresent()
            && !iss.get().equals(own.get().issuer())
            && !own.get().attachedIssuers().contains(iss.get());
    if (other.isEmpty() && !saysAnother) {
      return found;
    }
    return new Found.Not(
        ANOTHER_ISSUER,
        other
                .map(one -> "domain %s issued it, as %s".formatted(one.name(), one.issuer()))
                .orElseGet(
                    () -> "it names the issuer %s, which is not this domain's".formatted(iss.get()))
            + ". This domain's record says nothing of it: trace it in the domain of its issuer");
  }

  /** The other domain that holds this very token. */
  private Optional<FollowedIssuer> other(Fence fence, String tokenId, Optional<Hash> digest)
      throws IOException {
    Optional<TokenId> id = parsed(tokenId);
    if (id.isEmpty() || digest.isEmpty()) {
      return Optional.empty();
    }
    for (FollowedIssuer one : issuers.get()) {
      if (!one.name().equals(fence.domain())
          && one.heldDigest(id.get().log(), id.get().position()).equals(digest)) {
        return Optional.of(one);
      }
    }
    return Optional.empty();
  }

  private Found here(Fence fence, String tokenId, Optional<Hash> digest) throws IOException {
    TokenId id;
    try {
      id = TokenId.parse(tokenId);
    } catch (FormatException e) {
      return recorded(fence, digest);
    }
    Optional<FollowedIssuer> issuer = issuer(fence.domain());
    Optional<LogFollower> follower = issuer.map(one -> one.followers().get(id.log()));
    if (TokenId.isRecordLogName(id.log())) {
      return new Found.Not(
          "record-log",
          id.log()
              + " is a record log: it holds digests of tokens that another issuer composed, and not"
              + " to whom they were issued. To see whether it holds this token, run counterfoil log"
              + " prove");
    }
    if (follower.isEmpty()) {
      Optional<FollowedIssuer.Unread> unread = issuer.flatMap(FollowedIssuer::unreadKeyLog);
      if (unread.isPresent()) {
        return notRead(unread.get(), "the key log names the domain's logs");
      }
      return new Found.Not("unknown-log", "the domain has no log with the name " + id.log());
    }
    Optional<byte[]> record = follower.get().custody().held().record(id.position());
    if (record.isEmpty()) {
      return notHeld(issuer.get(), follower.get(), id, digest);
    }
    JsonObject event = IssuedEvent.of(fence.domain(), follower.get(), record.get());
    Object recorded = event.get("recorded_token");
    if (!(recorded instanceof JsonObject token) || !tokenId.equals(token.get("uid"))) {
      return another(issuer.get(), id, digest, AT_ITS_POSITION);
    }
    if (digest.isPresent() && !digest.get().hex().equals(token.get("digest"))) {
      Found.Not not =
          another(
              issuer.get(),
              id,
              digest,
              "it copies the identifier of an issued token but is a different token");
      return new Found.Not(not.code(), not.why(), true);
    }
    return isOf(fence, event)
        ? new Found.Issued(event, signIn(follower.get(), record.get()))
        : new Found.Not("another-tenant", "it was issued, to another tenant");
  }

  /** Of a token without an identifier of ours: another issuer's, which a record log may have. */
  private Found recorded(Fence fence, Optional<Hash> digest) {
    Optional<FollowedIssuer> issuer = issuer(fence.domain());
    if (digest.isEmpty() || issuer.isEmpty()) {
      return new Found.Not(NO_IDENTIFIER, NOT_OF_OUR_FORM);
    }
    Optional<FollowedIssuer.Unread> unread = issuer.get().unreadKeyLog();
    try {
      Optional<TokenId> at = issuer.get().recorded(digest.get(), _ -> true);
      if (at.isPresent()) {
        return new Found.Not(
            RECORDED_ELSEWHERE,
            "another issuer composed it, and record log %s has its digest at position %d. To whom it was issued, that issuer knows"
                .formatted(at.get().log(), at.get().position()));
      }
    } catch (IssuerUnavailableException e) {
      return new Found.Not(
          LOG_NOT_READ,
          NOT_OF_OUR_FORM
              + ", and a record log may have its digest, but the authority does not answer: nobody"
              + " can tell whether it was recorded. Bring the authority back, and trace it again");
    }
    return unread.isPresent()
        ? notRead(unread.get(), "the key log names the record logs")
        : new Found.Not(NO_IDENTIFIER, NOT_OF_OUR_FORM + ", and no record log has its digest");
  }

  private static Optional<Found.SignIn> signIn(LogFollower follower, byte[] record)
      throws IOException {
    try {
      return Found.SignIn.of(HeldToken.parse(record, follower.log().name()));
    } catch (FormatException e) {
      throw new IOException("custody of log " + follower.log().name() + " is damaged", e);
    }
  }

  /** Another token is at its position: it was never issued, unless its log lost it. */
  private Found.Not another(FollowedIssuer issuer, TokenId id, Optional<Hash> digest, String why) {
    Optional<SignerWord> word = word(issuer, id, digest);
    if (word.filter(SignerWord::released).isPresent()) {
      return new Found.Not(
          LOST_BY_ITS_LOG,
          AT_ITS_POSITION
              + ", but the authority remembers handing"
              + " this one out: the log lost what was released. Find out who restored or damaged"
              + " the signer's disk");
    }
    if (twoHistories.test(issuer.name(), id.log())) {
      return ofTwo(id, why);
    }
    return new Found.Not(
        "another-token",
        why
            + ": this one was never issued"
            + (digest.isPresent() && word.isEmpty()
                ? ", or the log lost it. Only its authority can tell, and it does not answer"
                : ""));
  }

  private static Found.Not ofTwo(TokenId id, String why) {
    return new Found.Not(
        TWO_HISTORIES,
        why
            + ", but log "
            + id.log()
            + " has two histories, as a finding of the monitor says. So this may be an honest token"
            + " of the other one, or forged: the record cannot tell");
  }

  private static Optional<SignerWord> word(
      FollowedIssuer issuer, TokenId id, Optional<Hash> digest) {
    return digest.flatMap(signed -> issuer.word(id.log(), signed));
  }

  private Found.Not notHeld(
      FollowedIssuer issuer, LogFollower follower, TokenId id, Optional<Hash> digest)
      throws IOException {
    long position = id.position();
    if (position < follower.custody().vouchedSize()) {
      return new Found.Not("not-held", "its counterfoil was deleted after its retention time");
    }
    long published = issuer.publishedSize(follower);
    if (position >= published
        && word(issuer, id, digest).filter(SignerWord::released).isPresent()) {
      return new Found.Not(
          NOT_PUBLISHED,
          "the log contains no token at this position, but the authority remembers handing this one"
              + " out: the log publishes it in a moment, or lost it. Trace it again; if that does"
              + " not change, find out who restored or damaged the signer's disk");
    }
    if (position >= published && twoHistories.test(issuer.name(), id.log())) {
      return ofTwo(id, "the log contains no token at this position");
    }
    if (position >= published && !issuer.isEnded(follower)) {
      // What was read a moment ago tells nothing of a token that was handed out since.
      try {
        published = issuer.publishedNow(follower);
      } catch (IssuerUnavailableException e) {
        return notRead(
            new FollowedIssuer.Unread(id.log(), follower.view().map(FollowedLogView::asOf)),
            "the log may have published the token since");
      }
    }
    if (position >= published) {
      return new Found.Not(
          "not-held",
          "the log contains no token at this position: it is not recorded yet, or was never"
              + " issued");
    }
    Optional<Hash> logged =
        digest.isEmpty() ? Optional.empty() : follower.loggedDigest(position, published);
    if (logged.isPresent() && !logged.equals(digest)) {
      return another(issuer, id, digest, AT_ITS_POSITION);
    }
    return new Found.Not(
        NOT_HELD_HERE,
        "the log published a token at this position, and its counterfoil is not held here. "
            + (logged.isPresent()
                ? "It is this very token; to whom it was issued, nobody can tell yet"
                : "Nobody can tell yet whether it is this token"));
  }

  private static Found.Not notRead(FollowedIssuer.Unread unread, String what) {
    return new Found.Not(
        LOG_NOT_READ,
        "the monitor has not read log %s since %s, and %s: nobody can tell whether it was issued. Bring the authority back, and trace it again"
            .formatted(
                unread.log(),
                unread
                    .since()
                    .map(at -> at.truncatedTo(ChronoUnit.SECONDS).toString())
                    .orElse("the monitor's start"),
                what));
  }

  private static boolean isOf(Fence fence, JsonObject event) {
    return event.get("metadata") instanceof JsonObject metadata
        && fence.tenant().equals(metadata.get("tenant_uid"));
  }

  private Optional<FollowedIssuer> issuer(String domain) {
    return issuers.get().stream().filter(issuer -> issuer.name().equals(domain)).findFirst();
  }

  private Map<String, LogFollower> followers(String domain) {
    return issuer(domain).map(FollowedIssuer::followers).orElse(Map.of());
  }

  /**
   * Issued tokens, the oldest first.
   *
   * @param events each as an event
   * @param next where to go on: log, dot, position; empty when there are no more
   */
  public record Page(List<JsonObject> events, Optional<String> next) {
    public Page {
      events = List.copyOf(events);
    }
  }

  /**
   * Finds issued tokens of a tenant, log by log in the order of their names, the oldest first.
   *
   * @param query which of them, in which order ever, and how many at most
   * @param after where the page before ended; empty for the first
   */
  public Page find(Fence fence, EventQuery query, Optional<Place> after) throws IOException {
    SortedMap<String, LogFollower> logs = new TreeMap<>(followers(fence.domain()));
    Map<String, Long> above = new TreeMap<>();
    if (after.isPresent()) {
      logs = logs.tailMap(after.get().log());
      above.put(after.get().log(), after.get().position() - 1);
    }
    List<IssuedWalk> walks =
        walks(
            logs,
            fence,
            query.page(-1, AuditEvent.NUMBER_MAX, query.limit()),
            Cursor.of(-1, above),
            Cursor.of(AuditEvent.NUMBER_MAX, Map.of()),
            new IssuedWalk.Looks(LOOKED_MAX));
    List<JsonObject> found = new ArrayList<>();
    for (IssuedWalk walk : walks) {
      for (Optional<IssuedWalk.Issued> one = walk.peek(); one.isPresent(); one = walk.peek()) {
        if (found.size() == query.limit()) {
          return new Page(found, Optional.of(walk.log() + "." + one.get().position()));
        }
        found.add(one.get().event());
        walk.take();
      }
      if (walk.isTired()) {
        return new Page(found, Optional.of(walk.log() + "." + walk.at()));
      }
    }
    return new Page(found, Optional.empty());
  }

  /** Where to go on. */
  public record Place(String log, long position) {
    public static Place parse(String text) throws FormatException {
      int dot = text.lastIndexOf('.');
      if (dot < 1) {
        throw new FormatException("issued_after is what the page before said");
      }
      return new Place(
          text.substring(0, dot),
          Decimal.parse(text.substring(dot + 1), TokenId.POSITION_LIMIT - 1));
    }
  }

  /** The first position of a time or later: positions are given in the order of time. */
  static long firstAt(LogFollower follower, long size, long fromMillis) throws IOException {
    long low = follower.custody().held().keptFrom();
    long high = size;
    while (fromMillis > 0 && low < high) {
      long middle = (low + high) >>> 1;
      Optional<byte[]> record = follower.custody().held().record(middle);
      if (record.isEmpty()) {
        // Shredded: look from the beginning.
        return follower.custody().held().keptFrom();
      }
      if (timeOf(record.get()) < fromMillis) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static long timeOf(byte[] record) throws IOException {
    try {
      return Counterfoil.parse(record).timeMillis();
    } catch (FormatException e) {
      throw new IOException("custody holds what is no counterfoil", e);
    }
  }
}
