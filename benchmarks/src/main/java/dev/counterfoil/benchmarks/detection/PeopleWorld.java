package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A world of people from a seed: what they and their tenants do on some days, and the attacks among
 * it. What happens is told in the order of its time, a day in memory at a time.
 *
 * <p>It is made up: no log of a real installation stands behind it. What is usual and what is noise
 * are the assumptions that docs/understand/detection.md lists.
 */
final class PeopleWorld {
  static final long START = Instant.parse("2026-03-02T00:00:00Z").toEpochMilli();

  /** Days before the first attack, in which rules learn what is usual. */
  static final int LEARN_DAYS = 8;

  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final long PLANS = 0x2545f4914f6cdd1dL;
  private static final long DETAILS = 0x5851f42d4c957f2dL;

  private final int people;
  private final int days;
  private final long seed;
  private final List<StagedAttack> attacks;

  /** What people do. */
  private enum Act {
    READ,
    SYNC,
    BULK,
    ROBOT,
    SIGN_IN,
    MISTYPE,
    GRANT,
    GRANT_OTHER,
    PASSKEY,
    UPDATE,
    REUSE,
    CLOCK_OFF,
    OUTAGE,
    STAFF_BEGIN,
    STAFF_READ,
    TRAIN
  }

  /**
   * A world.
   *
   * @param days measured ones, after those in which rules learn
   * @param each attacks of each shape
   */
  PeopleWorld(int people, int days, int each, long seed) {
    this.people = people;
    this.days = LEARN_DAYS + days;
    this.seed = seed;
    this.attacks = new AttackMaker(people, START + LEARN_DAYS * DAY, days, seed).make(each);
  }

  List<StagedAttack> attacks() {
    return attacks;
  }

  /** When the first attack may begin. */
  static long measuredFrom() {
    return START + LEARN_DAYS * DAY;
  }

  /** Tells everything in order. */
  void tell(Consumer<Happening> teller) {
    List<Happening> hostile =
        attacks.stream()
            .flatMap(attack -> attack.happenings().stream())
            .sorted(Comparator.comparingLong(Happening::timeMillis))
            .toList();
    int next = 0;
    Plan plan = new Plan(people);
    for (int day = 0; day < days; day++) {
      plan.clear();
      for (int person = 0; person < people; person++) {
        planDay(Inhabitant.of(seed, person, days), day, plan);
      }
      long from = START + day * DAY;
      for (long one : plan.sorted()) {
        long time = from + Plan.millis(one);
        while (next < hostile.size() && hostile.get(next).timeMillis() <= time) {
          teller.accept(hostile.get(next++));
        }
        happen(one, time, day, teller);
      }
    }
    while (next < hostile.size()) {
      teller.accept(hostile.get(next++));
    }
  }

  /** What happens on a day, as numbers that sort by time. None outlives the process. */
  @SuppressWarnings("EnumOrdinal")
  private static final class Plan {
    private long[] acts;
    private int size;

    Plan(int people) {
      acts = new long[Math.max(1024, people * 8)];
    }

    void clear() {
      size = 0;
    }

    void add(long millis, int person, Act act, int argument) {
      if (millis < 0 || millis >= DAY) {
        return;
      }
      if (size == acts.length) {
        acts = Arrays.copyOf(acts, size + size / 2);
      }
      acts[size++] =
          (millis << 36) | ((long) person << 12) | ((long) act.ordinal() << 7) | argument;
    }

    long[] sorted() {
      long[] sorted = Arrays.copyOf(acts, size);
      Arrays.sort(sorted);
      return sorted;
    }

    static long millis(long one) {
      return one >>> 36;
    }

    static int person(long one) {
      return (int) (one >>> 12) & 0xffffff;
    }

    static Act act(long one) {
      return Act.values()[(int) (one >>> 7) & 31];
    }

    static int argument(long one) {
      return (int) one & 127;
    }
  }

  private static long at(SplittableRandom random, double fromHour, double toHour) {
    return (long) ((fromHour + random.nextDouble() * (toHour - fromHour)) * HOUR);
  }

  private void planDay(Inhabitant person, int day, Plan plan) {
    SplittableRandom random = Inhabitant.random(seed ^ PLANS, (long) person.number() * 4096 + day);
    int me = person.number();
    int clients = person.clientsOn(day).size();
    double wakes = 7 + person.tenant() % 9;
    if (random.nextDouble() < 0.85) {
      int reads = 1 + random.nextInt(3);
      for (int i = 0; i < reads; i++) {
        plan.add(at(random, wakes, wakes + 14) % DAY, me, Act.READ, random.nextInt(clients));
      }
    }
    plan.add(at(random, 0, 24), me, Act.SYNC, 0);
    if (random.nextDouble() < 0.4) {
      long when = at(random, wakes, wakes + 12) % DAY;
      plan.add(when, me, Act.SIGN_IN, 0);
      if (random.nextDouble() < 0.05) {
        for (int i = 0; i <= random.nextInt(3); i++) {
          plan.add(when - (1 + i) * MINUTE / 3, me, Act.MISTYPE, 0);
        }
      }
    }
    if (person.isHeavy() && random.nextDouble() < 0.5) {
      plan.add(at(random, wakes, wakes + 10) % DAY, me, Act.BULK, 0);
    }
    if (person.hasRobot()) {
      for (int hour = 0; hour < 24; hour++) {
        plan.add(at(random, hour, hour + 1), me, Act.ROBOT, 0);
      }
    }
    rarely(person, day, random, plan);
    if (me % Inhabitant.TENANT == 0) {
      planTenant(person, random, plan);
    }
  }

  private static void rarely(Inhabitant person, int day, SplittableRandom random, Plan plan) {
    int me = person.number();
    if (day == person.adopts() || day == person.renews()) {
      int client = day == person.adopts() ? person.clients().size() - 1 : 0;
      long when = at(random, 8, 18);
      plan.add(when, me, Act.SIGN_IN, 0);
      plan.add(when + 20_000, me, Act.GRANT, client);
      // A new program, or a new device, reads the mailbox through.
      for (int i = 0; i < 4 + random.nextInt(12); i++) {
        plan.add(when + (1 + i) * MINUTE, me, Act.TRAIN, 64 | client);
      }
    }
    if (random.nextDouble() < 0.003) {
      plan.add(at(random, 8, 20), me, Act.GRANT_OTHER, random.nextInt(40));
    }
    if (random.nextDouble() < 0.0005) {
      plan.add(at(random, 8, 20), me, Act.PASSKEY, 0);
    }
    if (random.nextDouble() < 0.0002) {
      plan.add(at(random, 8, 17), me, Act.UPDATE, 0);
    }
    if (random.nextDouble() < 0.0001) {
      plan.add(at(random, 8, 20), me, Act.REUSE, 0);
    }
    if (random.nextDouble() < 0.0002) {
      long when = at(random, 8, 20);
      for (int i = 0; i < 1 + random.nextInt(6); i++) {
        plan.add(when + i * 30_000L, me, Act.CLOCK_OFF, 0);
      }
    }
    double roams = random.nextDouble();
    if (roams < 0.002) {
      long when = at(random, 7, 19);
      int networks = roams < 0.0001 ? 3 : 2;
      for (int i = 0; i < networks; i++) {
        plan.add(when + i * (3 * MINUTE), me, Act.TRAIN, i);
      }
    }
  }

  private static void planTenant(Inhabitant first, SplittableRandom random, Plan plan) {
    if (random.nextDouble() < 0.3) {
      long when = at(random, 7, 15);
      int staff = random.nextInt(3);
      plan.add(when, first.number(), Act.STAFF_BEGIN, staff);
      // One task in two hundred is read on for after the day in which it was begun.
      long later = random.nextDouble() < 0.005 ? 0 : when + 2 * MINUTE;
      for (int i = 0; i < 1 + random.nextInt(8); i++) {
        plan.add(later + random.nextLong(6 * HOUR), first.number() + i, Act.STAFF_READ, staff);
      }
    }
    if (random.nextDouble() < 0.005) {
      long when = at(random, 8, 10);
      for (int i = 0; i < 5 + random.nextInt(50); i++) {
        plan.add(when + random.nextLong(10 * MINUTE), first.number() + i, Act.OUTAGE, 0);
      }
    }
  }

  private void happen(long one, long time, int day, Consumer<Happening> teller) {
    if (Plan.person(one) >= people) {
      return;
    }
    Inhabitant person = Inhabitant.of(seed, Plan.person(one), days);
    SplittableRandom random = Inhabitant.random(seed ^ DETAILS, one ^ ((long) day << 57));
    int argument = Plan.argument(one);
    String tenant = person.tenantName();
    String me = person.subject();
    String client = person.clients().get(0);
    switch (Plan.act(one)) {
      case READ -> {
        String through = person.clients().get(argument);
        long count = 1 + (long) Math.exp(2 + 0.9 * random.nextGaussian());
        teller.accept(read(time, person, day, through, place(person, random), count));
      }
      case SYNC ->
          teller.accept(read(time, person, day, client, person.home(), 1 + random.nextInt(5)));
      case BULK ->
          teller.accept(
              read(time, person, day, client, person.office(), 500 + random.nextInt(1000)));
      case ROBOT ->
          teller.accept(read(time, person, day, client, person.office(), 5 + random.nextInt(35)));
      case TRAIN -> {
        boolean isWhole = argument >= 64;
        String through = isWhole ? person.clients().get(argument - 64) : client;
        String address = isWhole ? person.home() : person.mobile(argument);
        teller.accept(read(time, person, day, through, address, isWhole ? 480 : 3));
      }
      case SIGN_IN ->
          authority(
              teller, time, WorldEvents.signIn(time, tenant, me, place(person, random), true));
      case MISTYPE ->
          authority(
              teller, time, WorldEvents.signIn(time, tenant, me, place(person, random), false));
      case OUTAGE ->
          authority(teller, time, WorldEvents.signIn(time, tenant, me, person.office(), false));
      case GRANT ->
          authority(
              teller,
              time,
              WorldEvents.grant(
                  time, tenant, me, person.clients().get(argument), place(person, random)));
      case GRANT_OTHER ->
          authority(
              teller,
              time,
              WorldEvents.grant(time, tenant, me, "app-" + argument, place(person, random)));
      case PASSKEY ->
          authority(teller, time, WorldEvents.passkeyAdded(time, tenant, me, person.home()));
      case UPDATE -> authority(teller, time, WorldEvents.personUpdated(time, tenant, me));
      case REUSE ->
          authority(teller, time, WorldEvents.reused(time, tenant, me, client, person.home()));
      case CLOCK_OFF ->
          teller.accept(
              new Happening(
                  time,
                  WorldEvents.MAIL,
                  WorldEvents.bindingRefused(
                      time,
                      tenant,
                      person.mailbox(),
                      token(person, day, client),
                      "binding-invalid",
                      person.home()),
                  Happening.HONEST));
      case STAFF_BEGIN ->
          teller.accept(
              new Happening(
                  time,
                  WorldEvents.MONITOR,
                  WorldEvents.staffBegins(time, tenant, staff(argument)),
                  Happening.HONEST));
      case STAFF_READ ->
          teller.accept(
              new Happening(
                  time,
                  WorldEvents.MAIL,
                  WorldEvents.staffRead(
                      time, tenant, staff(argument), person.mailbox(), "192.0.2.1"),
                  Happening.HONEST));
    }
  }

  static String staff(int which) {
    return "staff-" + which;
  }

  private static void authority(Consumer<Happening> teller, long time, JsonObject event) {
    teller.accept(new Happening(time, WorldEvents.AUTHORITY, event, Happening.HONEST));
  }

  private static String place(Inhabitant person, SplittableRandom random) {
    int which = random.nextInt(10);
    return which < 5 ? person.office() : which < 9 ? person.home() : person.mobile(9);
  }

  /** A person's token of a day. */
  static JsonObject token(Inhabitant person, int day, String client) {
    return WorldEvents.token(
        "s1g1." + person.number() + "." + day + "." + client,
        client,
        person.tenantName(),
        person.subject());
  }

  private static Happening read(
      long time, Inhabitant person, int day, String client, String address, long count) {
    String program = person.isBehindGateway() ? "gateway-" + person.tenant() : client;
    return new Happening(
        time,
        WorldEvents.MAIL,
        WorldEvents.read(
            time,
            person.tenantName(),
            person.mailbox(),
            program,
            token(person, day, client),
            address,
            count),
        Happening.HONEST);
  }
}
