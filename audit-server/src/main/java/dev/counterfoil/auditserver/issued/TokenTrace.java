package dev.counterfoil.auditserver.issued;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.event.StoredEvent;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who read this mailbox, with which token, issued to whom, on what ground; and what else the token
 * touched. Goes from a token, or from an entity and a time, back to the issuance and the client's
 * registration, and forward to every event that names the token.
 */
public final class TokenTrace {
  /** Parameters of the question. */
  public static final Set<String> PARAMETERS =
      Set.of("token", "digest", "issuer", "entity", "from", "to");

  /** Most tokens of one answer. */
  static final int TOKENS_MAX = 50;

  /** Longest issuer that a token may name. */
  static final int ISSUER_CHARACTERS_MAX = 300;

  /** Most events of one token, and of an entity. */
  static final int EVENTS_MAX = EventQuery.LIMIT_MAX;

  /**
   * Length of an answer's events, about: fifty tokens of a thousand events each are more than this
   * process has memory for.
   */
  static final long BYTES_MAX = 4 << 20;

  private static final String ENTITY_MANAGEMENT = "3004";
  private static final int GRANTS_MAX = 20;

  private final Auditor auditor;
  private final Issuances issuances;

  public TokenTrace(Auditor auditor, Issuances issuances) {
    this.auditor = auditor;
    this.issuances = issuances;
  }

  /**
   * Traces. That somebody did is recorded before.
   *
   * @param asked texts by {@link #PARAMETERS}: a token's identifier, with the SHA-256 of its
   *     signing input in hexadecimal and its {@code iss} where the token itself is at hand; or an
   *     entity with or without a time
   */
  public JsonObject trace(Fence fence, Map<String, String> asked, Reader reader)
      throws IOException, FormatException {
    if (asked.containsKey("token") == asked.containsKey("entity")) {
      throw new FormatException("name a token, or an entity such as a mailbox");
    }
    String digestText = asked.get("digest");
    if (digestText != null && !asked.containsKey("token")) {
      throw new FormatException("a digest comes with the identifier of its token");
    }
    Optional<String> iss = Optional.ofNullable(asked.get("issuer"));
    if (iss.isPresent() && !asked.containsKey("token")) {
      throw new FormatException("an issuer comes with the identifier of its token");
    }
    if (iss.filter(text -> text.length() > ISSUER_CHARACTERS_MAX).isPresent()) {
      throw new FormatException(
          "the token names an issuer of more than %d characters. Trace it by its identifier alone"
              .formatted(ISSUER_CHARACTERS_MAX));
    }
    Optional<Hash> digest =
        digestText == null ? Optional.empty() : Optional.of(Hash.parseHex(digestText));
    JsonObject.Builder question = JsonObject.builder();
    new TreeMap<>(asked).forEach(question::put);
    // Parsed before it is recorded: what is no question is none.
    Map<String, String> events = new LinkedHashMap<>(asked);
    events.remove("digest");
    events.remove("issuer");
    EventQuery first = query(events, EVENTS_MAX, true);
    Auditor.Looking looking =
        auditor.look(fence, Operation.AUDIT_TRACE.code(), question.build(), reader);
    JsonObject.Builder answer = JsonObject.builder().put("asked", question.build());
    Length length = new Length(BYTES_MAX);
    String token = asked.get("token");
    if (token != null) {
      JsonObject one = token(fence, token, digest, iss, looking, length);
      return answer
          .put("tokens", List.of(one))
          .put("without_token", List.of())
          .put("complete", isKnown(one))
          .build();
    }
    Auditor.Page page = looking.search(first);
    Set<String> tokens = new LinkedHashSet<>();
    List<JsonObject> without = new ArrayList<>();
    boolean complete = !page.more();
    for (StoredEvent one : page.events()) {
      Optional<String> named = one.event().keys().token();
      if (named.isPresent()) {
        tokens.add(named.get());
      } else if (length.takes(one)) {
        without.add(shown(one));
      } else {
        complete = false;
      }
    }
    List<JsonObject> traced = new ArrayList<>();
    for (String one : tokens) {
      if (traced.size() == TOKENS_MAX || length.isReached()) {
        complete = false;
        break;
      }
      JsonObject of = token(fence, one, Optional.empty(), Optional.empty(), looking, length);
      complete &= isKnown(of);
      traced.add(of);
    }
    return answer
        .put("tokens", traced)
        .put("without_token", without)
        .put("complete", complete)
        .build();
  }

  /** Whether the record tells of it: not where its counterfoil did not come. */
  private static boolean isKnown(JsonObject token) {
    return !(token.get("not_issued") instanceof JsonObject why)
        || !Issuances.NOT_KNOWN.contains(String.valueOf(why.get("code")));
  }

  /** How long an answer may still become. */
  private static final class Length {
    private long left;

    Length(long bytesMax) {
      left = bytesMax;
    }

    /** Whether an event may still be in it. */
    boolean takes(StoredEvent one) {
      if (isReached()) {
        return false;
      }
      left -= one.event().canonicalBytes().length;
      return true;
    }

    /** Something that has to be in it. */
    void takes(List<JsonObject> all) {
      for (JsonObject one : all) {
        left -= one.toString().length();
      }
    }

    boolean isReached() {
      return left <= 0;
    }
  }

  static EventQuery query(Map<String, String> parameters, int limit, boolean newest)
      throws FormatException {
    Map<String, String> all = new LinkedHashMap<>(parameters);
    all.put("limit", Integer.toString(limit));
    all.put("order", newest ? "newest" : "oldest");
    return EventQuery.parse(name -> Optional.ofNullable(all.get(name)));
  }

  static JsonObject shown(StoredEvent one) {
    return JsonObject.builder()
        .put("position", one.position())
        .put("event", one.event().json())
        .build();
  }

  /**
   * One token: back to its ground, and forward to what it touched.
   *
   * @param digest of its signing input, where the token itself is at hand: an identifier can be
   *     copied
   */
  private JsonObject token(
      Fence fence,
      String token,
      Optional<Hash> digest,
      Optional<String> iss,
      Auditor.Looking looking,
      Length length)
      throws IOException, FormatException {
    JsonObject.Builder json = JsonObject.builder().put("token", token);
    Optional<String> client = Optional.empty();
    Optional<String> recorded = Optional.empty();
    Optional<JsonObject> origin = Optional.empty();
    boolean isCopied = false;
    switch (issuances.of(fence, token, digest, iss)) {
      case Issuances.Found.Issued issued -> {
        json.put("issued", true).put("issuance", issued.event());
        client = AuditEvent.of(issued.event()).keys().client();
        recorded = digest(issued.event());
        origin = Optional.of(TokenOrigin.of(issued, looking));
      }
      case Issuances.Found.Not not -> {
        isCopied = not.isCopy();
        json.put("issued", false)
            .put(
                "not_issued",
                JsonObject.builder().put("code", not.code()).put("why", not.why()).build());
      }
    }
    Auditor.Page page = looking.search(query(Map.of("token", token), EVENTS_MAX, false));
    // What it touched is said of all of them, also of those that do not stand here.
    boolean isByIdentifier = !isCopied;
    List<JsonObject> touched =
        touched(page.events().stream().filter(one -> isOf(one, digest, isByIdentifier)).toList());
    // Of a copied identifier, an event without a digest may be of the token that was issued.
    List<JsonObject> unproven =
        isCopied
            ? touched(
                page.events().stream().filter(one -> digest(one.event().json()).isEmpty()).toList())
            : List.of();
    List<JsonObject> grants =
        client.isPresent() ? grants(client.get(), looking) : List.<JsonObject>of();
    length.takes(touched);
    length.takes(unproven);
    length.takes(grants);
    List<JsonObject> events =
        page.events().stream().takeWhile(length::takes).map(TokenTrace::shown).toList();
    return json.put("origin", origin.orElse(null))
        .put("grants", grants)
        .put("events", events)
        .put("more_events", page.more() || events.size() < page.events().size())
        .put("touched", touched)
        .put("may_have_touched", unproven)
        .put("events_of_another_digest", ofAnotherDigest(page.events(), recorded))
        .build();
  }

  private static Optional<String> digest(JsonObject event) {
    return event.get("recorded_token") instanceof JsonObject token
            && token.get("digest") instanceof String digest
        ? Optional.of(digest)
        : Optional.empty();
  }

  /** Whether an event is of the token with a digest, where that is known of both. */
  private static boolean isOf(StoredEvent one, Optional<Hash> digest, boolean unknown) {
    Optional<String> said = digest(one.event().json());
    return said.isEmpty() ? unknown : digest.isEmpty() || said.get().equals(digest.get().hex());
  }

  /** How many events say that a token of this identifier had another digest than the record's. */
  private static long ofAnotherDigest(List<StoredEvent> events, Optional<String> recorded) {
    return events.stream()
        .map(one -> digest(one.event().json()))
        .filter(said -> recorded.isPresent() && said.isPresent() && !said.equals(recorded))
        .count();
  }

  /** What was done to the client, the newest first: who registered it, and with what rights. */
  private static List<JsonObject> grants(String client, Auditor.Looking looking)
      throws IOException, FormatException {
    return looking
        .search(query(Map.of("entity", client, "class", ENTITY_MANAGEMENT), GRANTS_MAX, true))
        .events()
        .stream()
        .map(TokenTrace::shown)
        .toList();
  }

  /** Entities that events name, each with how often, how many items, and between which times. */
  private static List<JsonObject> touched(List<StoredEvent> events) {
    Map<String, Touched> byEntity = new LinkedHashMap<>();
    for (StoredEvent one : events) {
      one.event()
          .keys()
          .entity()
          .ifPresent(
              entity -> byEntity.computeIfAbsent(entity, _ -> new Touched()).add(one.event()));
    }
    List<JsonObject> lines = new ArrayList<>();
    byEntity.forEach((entity, touched) -> lines.add(touched.toJson(entity)));
    return lines;
  }

  private static final class Touched {
    private final Set<String> clients = new TreeSet<>();
    private final Set<String> addresses = new TreeSet<>();
    private final Set<String> sources = new TreeSet<>();
    private long events;
    private long items;
    private long first = Long.MAX_VALUE;
    private long last;

    void add(AuditEvent event) {
      events++;
      items += event.json().get("item_uids") instanceof List<?> list ? list.size() : 0;
      first = Math.min(first, event.timeMillis());
      last = Math.max(last, event.timeMillis());
      event.keys().client().ifPresent(clients::add);
      event.keys().address().ifPresent(addresses::add);
      event.reporter().ifPresent(sources::add);
    }

    JsonObject toJson(String entity) {
      return JsonObject.builder()
          .put("entity", entity)
          .put("events", events)
          .put("items", items)
          .put("first_time", first)
          .put("last_time", last)
          .put("clients", List.copyOf(clients))
          .put("addresses", List.copyOf(addresses))
          .put("sources", List.copyOf(sources))
          .build();
    }
  }
}
