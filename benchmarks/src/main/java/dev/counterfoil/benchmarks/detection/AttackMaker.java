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
    Inhabitant victim = Inhabitant.of(seed, random.nextInt(people), PeopleWorld.LEARN_DAYS + days);
    long lasts = shape == Shape.SLOW_READER ? 2 * DAY : 10 * HOUR;
    long start = from + random.nextLong(Math.max(HOUR, days * DAY - lasts));
    Scene scene = new Scene(number, random);
    switch (shape) {
      case NEW_CLIENT -> newClient(scene, victim, start);
      case CONSENT_PHISHING -> consent(scene, victim, start);
      case REPLAYED_BOUND_TOKEN -> replay(scene, victim, start);
      case INSIDER -> insider(scene, victim, start);
      case SLOW_READER -> slowly(scene, victim, start);
      case ACTOR_ACROSS_TENANTS -> across(scene, victim, start);
      case OLD_KEY, CONSUMER_KEY -> throw new IllegalArgumentException("shown by tokens");
    }
    return new StagedAttack(shape, start, scene.happenings);
  }

  /** An attack as it is made. */
  private static final class Scene {
    private final List<Happening> happenings = new ArrayList<>();
    private final int number;
    private final SplittableRandom random;
    private final String address;

    Scene(int number, SplittableRandom random) {
      this.number = number;
      this.random = random;
      this.address = "203.0." + (113 + number / 250 % 100) + "." + (1 + number % 250);
    }

    void add(long time, String source, JsonObject event) {
      happenings.add(new Happening(time, source, event, number));
    }

    void read(
        long time, Inhabitant mailbox, String tenant, JsonObject token, String client, long n) {
      add(
          time,
          WorldEvents.MAIL,
          WorldEvents.read(time, tenant, mailbox.mailbox(), client, token, address, n));
    }
  }

  private static JsonObject token(
      Scene scene, int which, String client, String tenant, String subject) {
    return WorldEvents.token("s1g1.x" + scene.number + "." + which, client, tenant, subject);
  }

  /** A tool of the tenant's, which has tokens of its own, is in other hands. */
  private static void newClient(Scene scene, Inhabitant victim, long start) {
    String client = "tool-" + victim.tenant();
    for (int i = 0; i < 1 + scene.random.nextInt(20); i++) {
      scene.read(
          start + i * (4 * MINUTE),
          victim,
          victim.tenantName(),
          token(scene, i / 4, client, victim.tenantName(), client),
          client,
          1 + scene.random.nextInt(50));
    }
  }

  /** One in ten comes through a client that was registered long before. */
  private void consent(Scene scene, Inhabitant victim, long start) {
    String client = "invoice-" + scene.number;
    String tenant = victim.tenantName();
    boolean isOld = scene.random.nextInt(10) == 0;
    long registered = start - HOUR - scene.random.nextLong(7 * DAY);
    if (!isOld) {
      scene.add(
          registered,
          WorldEvents.AUTHORITY,
          WorldEvents.clientRegistered(registered, tenant, client));
    }
    scene.add(
        start,
        WorldEvents.AUTHORITY,
        WorldEvents.grant(start, tenant, victim.subject(), client, victim.home()));
    long first = start + 30_000 + scene.random.nextLong(6 * HOUR);
    for (int i = 0; i < 1 + scene.random.nextInt(30); i++) {
      scene.read(
          first + i * MINUTE,
          victim,
          tenant,
          token(scene, 0, client, tenant, victim.subject()),
          client,
          20 + scene.random.nextInt(60));
    }
  }

  private static void replay(Scene scene, Inhabitant victim, long start) {
    int day = (int) ((start - PeopleWorld.START) / DAY);
    JsonObject token = PeopleWorld.token(victim, day, victim.clients().get(0));
    for (int i = 0; i < 1 + scene.random.nextInt(4); i++) {
      scene.add(
          start + i * MINUTE,
          WorldEvents.MAIL,
          WorldEvents.bindingRefused(
              start + i * MINUTE,
              victim.tenantName(),
              victim.mailbox(),
              token,
              scene.random.nextBoolean() ? "binding-missing" : "binding-invalid",
              scene.address));
    }
  }

  /** One in five has a task, for another tenant. */
  private void insider(Scene scene, Inhabitant victim, long start) {
    String staff = "admin-" + scene.number;
    if (scene.random.nextInt(5) == 0) {
      scene.add(
          start - HOUR,
          WorldEvents.MONITOR,
          WorldEvents.staffBegins(start - HOUR, "other.example", staff));
    }
    for (int i = 0; i < 3 + scene.random.nextInt(15); i++) {
      Inhabitant read =
          Inhabitant.of(seed, (victim.number() + i * 7) % people, PeopleWorld.LEARN_DAYS + days);
      long time = start + i * (5 * MINUTE);
      scene.add(
          time,
          WorldEvents.MAIL,
          WorldEvents.staffRead(time, read.tenantName(), staff, read.mailbox(), "192.0.2.66"));
    }
  }

  private static void slowly(Scene scene, Inhabitant victim, long start) {
    String client = victim.clients().get(0);
    for (int i = 0; i < 2 * 24 * 3; i++) {
      scene.read(
          start + i * (20 * MINUTE) + scene.random.nextLong(MINUTE),
          victim,
          victim.tenantName(),
          token(scene, i, client, victim.tenantName(), victim.subject()),
          client,
          15 + scene.random.nextInt(35));
    }
  }

  private void across(Scene scene, Inhabitant victim, long start) {
    int tenants = (people + Inhabitant.TENANT - 1) / Inhabitant.TENANT;
    String home = "t" + (victim.tenant() + 1) % Math.max(2, tenants) + ".example";
    String client = victim.clients().get(0);
    for (int i = 0; i < 1 + scene.random.nextInt(10); i++) {
      scene.read(
          start + i * (3 * MINUTE),
          victim,
          victim.tenantName(),
          token(scene, 0, client, home, "service"),
          client,
          1 + scene.random.nextInt(40));
    }
  }
}
