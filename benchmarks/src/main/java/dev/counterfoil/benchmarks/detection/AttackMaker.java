package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes attacks on people of a world. */
final class AttackMaker {
  private static final long ATTACKS = 0x1d8e4e27c47d124fL;
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();

  private final int people;
  private final long from;
  private final int days;
  private final long seed;

  /**
   * A maker.
   *
   * @param from when the first may begin
   * @param days in which they must have begun and ended
   */
  AttackMaker(int people, long from, int days, long seed) {
    this.people = people;
    this.from = from;
    this.days = days;
    this.seed = seed;
  }

  /** Attacks of every shape that events show. */
  List<StagedAttack> make(int each) {
    List<StagedAttack> all = new ArrayList<>();
    for (Shape shape : Shape.values()) {
      for (int i = 0; i < each && !shape.isOfTokens(); i++) {
        int number = all.size();
        all.add(make(shape, number, Inhabitant.random(seed ^ ATTACKS, number)));
      }
    }
    return all;
  }

  private StagedAttack make(Shape shape, int number, SplittableRandom random) {
    Inhabitant victim = person(random.nextInt(people));
    long lasts = shape == Shape.SLOW_READER ? 2 * DAY : 10 * HOUR;
    long start = from + random.nextLong(Math.max(HOUR, days * DAY - lasts));
    Scene scene = new Scene(number, random, victim, start);
    switch (shape) {
      case NEW_CLIENT -> newClient(scene);
      case CONSENT_PHISHING -> consent(scene);
      case REPLAYED_BOUND_TOKEN -> replay(scene);
      case INSIDER -> insider(scene);
      case SLOW_READER -> slowly(scene);
      case ACTOR_ACROSS_TENANTS -> across(scene);
      case OLD_KEY, CONSUMER_KEY -> throw new IllegalArgumentException("shown by tokens");
    }
    return new StagedAttack(shape, start, scene.happenings);
  }

  private Inhabitant person(int number) {
    return Inhabitant.of(seed, number, PeopleWorld.LEARN_DAYS + days);
  }

  /** An attack as it is made. */
  private static final class Scene {
    private final List<Happening> happenings = new ArrayList<>();
    private final int number;
    private final SplittableRandom random;
    private final Inhabitant victim;
    private final String tenant;
    private final long start;
    private final String address;

    Scene(int number, SplittableRandom random, Inhabitant victim, long start) {
      this.number = number;
      this.random = random;
      this.victim = victim;
      this.tenant = victim.tenantName();
      this.start = start;
      this.address = "203.0." + (113 + number / 250 % 100) + "." + (1 + number % 250);
    }

    /** The victim's usual mail program. */
    String program() {
      return victim.clients().get(0);
    }

    void add(long time, String source, JsonObject event) {
      happenings.add(new Happening(time, source, event, number));
    }

    JsonObject token(int which, String client, String ofTenant, String subject) {
      return WorldEvents.token("s1g1.x" + number + "." + which, client, ofTenant, subject);
    }

    /** The victim's mailbox is read. */
    void read(long time, JsonObject token, String client, long count) {
      add(
          time,
          WorldEvents.MAIL,
          WorldEvents.read(time, tenant, victim.mailbox(), client, token, address, count));
    }
  }

  /** A tool of the tenant's, which has tokens of its own, is in other hands. */
  private static void newClient(Scene scene) {
    String client = "tool-" + scene.victim.tenant();
    for (int i = 0; i < 1 + scene.random.nextInt(20); i++) {
      JsonObject token = scene.token(i / 4, client, scene.tenant, client);
      scene.read(scene.start + i * (4 * MINUTE), token, client, 1 + scene.random.nextInt(50));
    }
  }

  /** One in ten comes through a client that was registered long before. */
  private static void consent(Scene scene) {
    String client = "invoice-" + scene.number;
    String person = scene.victim.subject();
    boolean isOld = scene.random.nextInt(10) == 0;
    long registered = scene.start - HOUR - scene.random.nextLong(7 * DAY);
    if (!isOld) {
      scene.add(
          registered,
          WorldEvents.AUTHORITY,
          WorldEvents.clientRegistered(registered, scene.tenant, client));
    }
    scene.add(
        scene.start,
        WorldEvents.AUTHORITY,
        WorldEvents.grant(scene.start, scene.tenant, person, client, scene.victim.home()));
    long first = scene.start + 30_000 + scene.random.nextLong(6 * HOUR);
    JsonObject token = scene.token(0, client, scene.tenant, person);
    for (int i = 0; i < 1 + scene.random.nextInt(30); i++) {
      scene.read(first + i * MINUTE, token, client, 20 + scene.random.nextInt(60));
    }
  }

  private static void replay(Scene scene) {
    int day = (int) ((scene.start - PeopleWorld.START) / DAY);
    JsonObject token = PeopleWorld.token(scene.victim, day, scene.program());
    String mailbox = scene.victim.mailbox();
    for (int i = 0; i < 1 + scene.random.nextInt(4); i++) {
      long time = scene.start + i * MINUTE;
      String code = scene.random.nextBoolean() ? "binding-missing" : "binding-invalid";
      scene.add(
          time,
          WorldEvents.MAIL,
          WorldEvents.bindingRefused(time, scene.tenant, mailbox, token, code, scene.address));
    }
  }

  /** One in five has a task, for another tenant. */
  private void insider(Scene scene) {
    String staff = "admin-" + scene.number;
    long begun = scene.start - HOUR;
    if (scene.random.nextInt(5) == 0) {
      scene.add(begun, WorldEvents.MONITOR, WorldEvents.staffBegins(begun, "other.example", staff));
    }
    for (int i = 0; i < 3 + scene.random.nextInt(15); i++) {
      Inhabitant read = person((scene.victim.number() + i * 7) % people);
      long time = scene.start + i * (5 * MINUTE);
      scene.add(
          time,
          WorldEvents.MAIL,
          WorldEvents.staffRead(time, read.tenantName(), staff, read.mailbox(), "192.0.2.66"));
    }
  }

  private static void slowly(Scene scene) {
    String client = scene.program();
    for (int i = 0; i < 2 * 24 * 3; i++) {
      long time = scene.start + i * (20 * MINUTE) + scene.random.nextLong(MINUTE);
      JsonObject token = scene.token(i, client, scene.tenant, scene.victim.subject());
      scene.read(time, token, client, 15 + scene.random.nextInt(35));
    }
  }

  private void across(Scene scene) {
    int tenants = (people + Inhabitant.TENANT - 1) / Inhabitant.TENANT;
    String home = "t" + (scene.victim.tenant() + 1) % Math.max(2, tenants) + ".example";
    JsonObject token = scene.token(0, scene.program(), home, "service");
    for (int i = 0; i < 1 + scene.random.nextInt(10); i++) {
      scene.read(
          scene.start + i * (3 * MINUTE), token, scene.program(), 1 + scene.random.nextInt(40));
    }
  }
}
