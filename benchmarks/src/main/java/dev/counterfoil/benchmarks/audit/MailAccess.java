package dev.counterfoil.benchmarks.audit;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Events of mail access as services report them, some 1,000 bytes each, with the skew of real ones:
 * few tenants and mailboxes have most of them, a token is used some 25 times from one address in
 * one session, most events name one message, some name up to thirty, and a third of the messages
 * was read before. Message identifiers, tokens and sessions are random, so that they cost what they
 * cost. The same seed gives the same events.
 */
final class MailAccess {
  private static final int TENANTS = 200;
  private static final int MAILBOXES = 100;
  private static final double TENANT_SKEW = 2.5;
  private static final double MAILBOX_SKEW = 1.6;
  private static final int USES = 25;
  private static final int REMEMBERED = 16;
  private static final List<String> CLIENTS =
      List.of("mail-web", "mail-phone", "mail-desktop", "calendar-sync", "archive");
  private static final List<String> AGENTS =
      List.of(
          "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
          "ExampleMail/16.0 (Phone; build 17531.20140; en-GB)",
          "ExampleMail/11.2 (Desktop; 64-bit; build 9126.2282)",
          "CalendarSync/3.4 (+https://calendar.example/sync)",
          "Archive/2.0");

  private final SplittableRandom random;
  private final long fromMillis;
  private final double stepMillis;
  private final Map<Integer, Session> sessions = new HashMap<>();
  private long count;

  /** Somebody at work in a mailbox. */
  private static final class Session {
    private final String token;
    private final String uid;
    private final int client;
    private final String address;
    private final int port;
    private final long expires;
    private List<String> read = new ArrayList<>();

    Session(SplittableRandom random, long atMillis) {
      token = "s1g1." + random.nextInt(1_000_000_000) + "." + text(random, 32);
      uid = text(random, 12);
      client = (int) (CLIENTS.size() * Math.pow(random.nextDouble(), 2));
      address =
          "203.%d.%d.%d".formatted(random.nextInt(128), random.nextInt(256), random.nextInt(256));
      port = random.nextInt(1024, 65_536);
      expires = atMillis + 900_000;
    }
  }

  /**
   * Events from a time on.
   *
   * @param stepMillis average time between two
   */
  MailAccess(long seed, long fromMillis, double stepMillis) {
    this.random = new SplittableRandom(seed);
    this.fromMillis = fromMillis;
    this.stepMillis = stepMillis;
  }

  private static String text(SplittableRandom random, int bytes) {
    byte[] value = new byte[bytes];
    random.nextBytes(value);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(value);
  }

  /** A token identifier that no event has. */
  String absentToken() {
    return "s1g1." + random.nextInt(1_000_000_000) + "." + text(random, 32);
  }

  /** The next event, numbered by a count from 0 on. */
  JsonObject next() {
    long n = count++;
    long time = fromMillis + (long) (n * stepMillis);
    int tenant = (int) (TENANTS * Math.pow(random.nextDouble(), TENANT_SKEW));
    int mailbox = (int) (MAILBOXES * Math.pow(random.nextDouble(), MAILBOX_SKEW));
    int key = tenant * MAILBOXES + mailbox;
    Session session = sessions.get(key);
    if (session == null || random.nextInt(USES) == 0) {
      Session fresh = new Session(random, time);
      if (session != null) {
        fresh.read = session.read;
      }
      session = fresh;
      sessions.put(key, session);
    }
    String name = "tenant" + tenant;
    String box = "user" + mailbox + "@" + name + ".example";
    List<String> items = items(session, name);
    return JsonObject.builder()
        .put("activity_id", 1)
        .put("category_uid", 6)
        .put("class_uid", 6005)
        .put("type_uid", 600501)
        .put("severity_id", 1)
        .put("status_id", 1)
        .put("time", time)
        .put("message", items.size() == 1 ? "message read" : "messages read")
        .put("count", items.size())
        .put("item_uids", items)
        .put("metadata", metadata(name, n))
        .put("actor", actor(box, session))
        .put("databucket", bucket(box))
        .put("src_endpoint", endpoint(session))
        .put(
            "http_request",
            JsonObject.builder().put("user_agent", AGENTS.get(session.client)).build())
        .put("dst_endpoint", JsonObject.builder().put("hostname", "mail-3.example").build())
        .put("recorded_token", token(session, name))
        .build();
  }

  private List<String> items(Session session, String tenant) {
    int many = random.nextInt(25) == 0 ? random.nextInt(2, 31) : 1;
    List<String> items = new ArrayList<>(many);
    for (int i = 0; i < many; i++) {
      if (many == 1 && !session.read.isEmpty() && random.nextInt(3) == 0) {
        items.add(session.read.get(random.nextInt(session.read.size())));
      } else {
        String item = "<" + text(random, 16) + "@" + tenant + ".example>";
        items.add(item);
        if (session.read.size() < REMEMBERED) {
          session.read.add(item);
        } else {
          session.read.set(random.nextInt(REMEMBERED), item);
        }
      }
    }
    return items;
  }

  private static JsonObject metadata(String tenant, long sequence) {
    return JsonObject.builder()
        .put("version", "1.8.0")
        .put(
            "product",
            JsonObject.builder()
                .put("name", "Example mail")
                .put("vendor_name", "Example")
                .put("version", "11.2.9126")
                .build())
        .put("profiles", List.of("counterfoil"))
        .put("tenant_uid", tenant)
        .put("sequence", sequence)
        .build();
  }

  private static JsonObject actor(String box, Session session) {
    return JsonObject.builder()
        .put("user", JsonObject.builder().put("uid", box).put("type_id", 1).build())
        .put("app_uid", CLIENTS.get(session.client))
        .put("session", JsonObject.builder().put("uid", session.uid).build())
        .build();
  }

  private static JsonObject bucket(String box) {
    return JsonObject.builder()
        .put("name", box)
        .put("type_id", 99)
        .put("type", "mailbox")
        .put("desc", "INBOX")
        .build();
  }

  private static JsonObject endpoint(Session session) {
    return JsonObject.builder().put("ip", session.address).put("port", session.port).build();
  }

  private static JsonObject token(Session session, String tenant) {
    return JsonObject.builder()
        .put("uid", session.token)
        .put("issuer", "https://login.example")
        .put("key_uid", "x3MpVpR0e0cUwqJQ8gB5o1l1nS3Z5V4mO3cJt0hH1bQ")
        .put("client_uid", CLIENTS.get(session.client))
        .put("audience", "https://mail." + tenant + ".example")
        .put("expiration_time", session.expires)
        .build();
  }
}
