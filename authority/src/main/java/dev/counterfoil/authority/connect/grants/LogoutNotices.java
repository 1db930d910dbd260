package dev.counterfoil.authority.connect.grants;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which clients are to hear of the end of which session, and which have to hear of it still. Its
 * records stand in the journal of the grants and are synced with these. A caller holds its monitor
 * together with the place of a change's record in the journal.
 */
final class LogoutNotices {
  /** Random bits of a notice's id. */
  private static final int ID_BYTES = 16;

  private static final long RECORD_BYTES = 256;

  private static final String SESSION = "session";
  private static final String SUBJECT = "subject";
  private static final String TENANT = "tenant";

  private final SecureRandom random;

  /** In which segment what counts was written last, where that is known. */
  private final Map<Object, Long> segments = new ConcurrentHashMap<>();

  /** By the session's handle, then by the client's id. */
  private final Map<String, Map<String, Joined>> joined = new ConcurrentHashMap<>();

  /** How many of these there are: each code that is given out asks. */
  private final AtomicInteger joins = new AtomicInteger();

  private final Map<String, LogoutNotice> waiting = new ConcurrentHashMap<>();

  /** The same, who waits longest first: each that was told asks who is next. */
  private final Set<LogoutNotice> inLine =
      new ConcurrentSkipListSet<>(
          Comparator.comparing(LogoutNotice::at).thenComparing(LogoutNotice::id));

  /** Sessions whose end began, with their person. */
  private final Map<String, String> ending = new ConcurrentHashMap<>();

  /** A client at which a person signed in by a session. */
  private record Joined(String session, String clientId, String subject, String tenant) {}

  LogoutNotices(SecureRandom random) {
    this.random = random;
  }

  /**
   * Takes over what a record says.
   *
   * @param segment in which it stands
   * @return false when it is none of these
   */
  boolean read(JsonObject record, long segment) throws FormatException {
    String id = record.string("id");
    if (record.has("joined")) {
      Joined one =
          new Joined(id, record.string("joined"), record.string(SUBJECT), record.string(TENANT));
      keep(one);
      segments.put(one, segment);
    } else if (record.has("left")) {
      forget(id, record.string("left"));
    } else if (record.has("ending")) {
      ending.put(id, record.string("ending"));
    } else if (record.has("over")) {
      ending.remove(id);
    } else if (record.has("notice")) {
      LogoutNotice notice =
          new LogoutNotice(
              id,
              record.string("notice"),
              record.string(SUBJECT),
              record.string(TENANT),
              record.string(SESSION),
              Instant.ofEpochMilli(record.number("at")));
      keep(notice);
      segments.put(notice, segment);
    } else if (record.has("told")) {
      forget(id);
    } else {
      return false;
    }
    return true;
  }

  private void keep(Joined one) {
    @Nullable Joined before =
        joined
            .computeIfAbsent(one.session, session -> new ConcurrentHashMap<>())
            .put(one.clientId, one);
    if (before == null) {
      joins.incrementAndGet();
    }
  }

  private void keep(LogoutNotice notice) {
    waiting.put(notice.id(), notice);
    inLine.add(notice);
  }

  private void forget(String session, String clientId) {
    joined.computeIfPresent(
        session,
        (id, clients) -> {
          @Nullable Joined one = clients.remove(clientId);
          if (one != null) {
            joins.decrementAndGet();
            segments.remove(one);
          }
          return clients.isEmpty() ? null : clients;
        });
  }

  private boolean forget(String noticeId) {
    @Nullable LogoutNotice notice = waiting.remove(noticeId);
    if (notice == null) {
      return false;
    }
    inLine.remove(notice);
    segments.remove(notice);
    return true;
  }

  /** A client gets a code of a session. */
  List<JsonObject> join(Grant.Allowed allowed) {
    Map<String, Joined> clients = joined.getOrDefault(allowed.session(), Map.of());
    if (clients.containsKey(allowed.clientId())) {
      return List.of();
    }
    Joined one =
        new Joined(allowed.session(), allowed.clientId(), allowed.subject(), allowed.tenant());
    keep(one);
    return List.of(record(one));
  }

  /** Whether clients are to hear of a session's end. */
  boolean isJoined(String session) {
    return joined.containsKey(session);
  }

  /** A session's end begins: until it is through, a crash has it ended again. */
  List<JsonObject> ends(String session, String subject) {
    ending.put(session, subject);
    return List.of(record("ending", session, subject));
  }

  /** Sessions whose end began and is not through, with their persons. */
  Map<String, String> ending() {
    return Map.copyOf(ending);
  }

  /** A session ended: all clients of it have to hear. */
  List<JsonObject> ended(String session, Instant now) {
    List<Joined> clients = List.copyOf(joined.getOrDefault(session, Map.of()).values());
    List<JsonObject> records = notices(clients, now);
    if (ending.remove(session) != null) {
      records.add(record("over", session, "true"));
    }
    return records;
  }

  /** A person took back what they allowed a client: it has to hear. */
  List<JsonObject> withdrawn(String subject, String clientId, Instant now) {
    return notices(all(one -> one.subject.equals(subject) && one.clientId.equals(clientId)), now);
  }

  private List<JsonObject> notices(List<Joined> clients, Instant now) {
    List<JsonObject> records = new ArrayList<>();
    for (Joined one : clients) {
      byte[] id = new byte[ID_BYTES];
      random.nextBytes(id);
      LogoutNotice notice =
          new LogoutNotice(
              Base64Url.encode(id), one.clientId, one.subject, one.tenant, one.session, now);
      keep(notice);
      // In this order: a crash between them tells the client twice, and not never.
      records.add(record(notice));
      records.addAll(leave(one));
    }
    return records;
  }

  private List<Joined> all(Predicate<Joined> which) {
    return joined.values().stream()
        .flatMap(clients -> clients.values().stream())
        .filter(which)
        .toList();
  }

  private List<JsonObject> leave(Joined one) {
    forget(one.session, one.clientId);
    return List.of(record("left", one.session, one.clientId));
  }

  /** A client was told, or is told no more. */
  List<JsonObject> told(LogoutNotice notice) {
    return forget(notice.id()) ? List.of(record("told", notice.id(), "true")) : List.of();
  }

  /** A client is no more: it has to hear of nothing. */
  List<JsonObject> clientGone(String clientId) {
    List<JsonObject> records = new ArrayList<>();
    for (Joined one : all(one -> one.clientId.equals(clientId))) {
      records.addAll(leave(one));
    }
    for (LogoutNotice notice : waiting()) {
      if (notice.clientId().equals(clientId)) {
        records.addAll(told(notice));
      }
    }
    return records;
  }

  /**
   * Sessions that ran out by themselves: all clients of them have to hear.
   *
   * @param lasts whether the session of a person with this handle lasts
   */
  List<JsonObject> ranOut(SessionLasts lasts, Instant now) {
    return notices(
        all(one -> !ending.containsKey(one.session) && !lasts.lasts(one.subject, one.session)),
        now);
  }

  /**
   * Everything that counts and may stand in a segment or in one before it, to be written again.
   *
   * @param next the first segment in which it will stand then
   */
  List<JsonObject> upTo(long segment, long next) {
    List<JsonObject> records = new ArrayList<>();
    for (Joined one : all(one -> segments.getOrDefault(one, 0L) <= segment)) {
      segments.put(one, next);
      records.add(record(one));
    }
    for (LogoutNotice notice : waiting.values()) {
      if (segments.getOrDefault(notice, 0L) <= segment) {
        segments.put(notice, next);
        records.add(record(notice));
      }
    }
    ending.forEach((session, subject) -> records.add(record("ending", session, subject)));
    return records;
  }

  /** Those who have to hear, who waits longest first. */
  List<LogoutNotice> waiting() {
    return List.copyOf(inLine);
  }

  int size() {
    return waiting.size() + joins.get();
  }

  /** About what they take in the journal. */
  long bytes() {
    return size() * RECORD_BYTES;
  }

  private static JsonObject record(Joined one) {
    return JsonObject.builder()
        .put("id", one.session)
        .put("joined", one.clientId)
        .put(SUBJECT, one.subject)
        .put(TENANT, one.tenant)
        .build();
  }

  private static JsonObject record(LogoutNotice notice) {
    return JsonObject.builder()
        .put("id", notice.id())
        .put("notice", notice.clientId())
        .put(SUBJECT, notice.subject())
        .put(TENANT, notice.tenant())
        .put(SESSION, notice.session())
        .put("at", notice.at().toEpochMilli())
        .build();
  }

  private static JsonObject record(String what, String id, String value) {
    return JsonObject.builder().put("id", id).put(what, value).build();
  }
}
