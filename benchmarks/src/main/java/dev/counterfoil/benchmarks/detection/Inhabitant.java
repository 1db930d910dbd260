package dev.counterfoil.benchmarks.detection;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a person is like: the same whenever it is asked, so that a million of them take no memory.
 *
 * @param number from 0
 * @param tenant number of the tenant
 * @param clients mail programs that the person has, the usual one first
 * @param adopts number of the day on which the last of these is new; -1 where none is
 * @param renews number of the day of a new device, which reads the whole mailbox; -1 for none
 * @param isHeavy whether the person reads a thousand messages in an hour at times
 * @param hasRobot whether a program of the person reads around the clock
 */
record Inhabitant(
    int number,
    int tenant,
    List<String> clients,
    int adopts,
    int renews,
    boolean isHeavy,
    boolean hasRobot) {
  /** People of a tenant. */
  static final int TENANT = 250;

  /** One in so many tenants has a gateway that shows its callers' tokens. */
  private static final int GATEWAYS = 500;

  private static final List<String> USUAL =
      List.of("web-mail", "phone-mail", "desk-mail", "tablet-mail");
  private static final long TRAITS = 0x9e3779b97f4a7c15L;

  Inhabitant {
    clients = List.copyOf(clients);
  }

  static SplittableRandom random(long seed, long what) {
    return new SplittableRandom(seed * 0xbf58476d1ce4e5b9L + what * 0x94d049bb133111ebL);
  }

  /** A person of a world that lasts so many days. */
  static Inhabitant of(long seed, int number, int days) {
    SplittableRandom random = random(seed ^ TRAITS, number);
    int tenant = number / TENANT;
    int first = random.nextInt(USUAL.size());
    List<String> clients = new ArrayList<>(List.of(USUAL.get(first)));
    if (random.nextDouble() < 0.6) {
      clients.add(USUAL.get((first + 1) % USUAL.size()));
    }
    if (random.nextDouble() < 0.03) {
      clients.add(niche(tenant, random.nextInt(3)));
    }
    int adopts = -1;
    if (random.nextDouble() < 0.0005 * days) {
      adopts = random.nextInt(days);
      clients.add(USUAL.get((first + 2) % USUAL.size()));
    } else if (random.nextDouble() < 0.0001 * days) {
      adopts = random.nextInt(days);
      clients.add("rare-" + tenant + "-" + random.nextInt(3));
    }
    int renews = random.nextDouble() < 0.002 * days ? random.nextInt(days) : -1;
    return new Inhabitant(
        number,
        tenant,
        clients,
        adopts,
        renews,
        random.nextDouble() < 0.005,
        random.nextDouble() < 0.002);
  }

  /** A client that few people of a tenant have. */
  private static String niche(int tenant, int which) {
    return "niche-" + tenant + "-" + which;
  }

  /** As the authority names the person. */
  String subject() {
    return "s" + number;
  }

  /** As the mail system does. */
  String mailbox() {
    return "p" + number + "@" + tenantName();
  }

  String tenantName() {
    return "t" + tenant + ".example";
  }

  /** The clients that the person has on a day. */
  List<String> clientsOn(int day) {
    return adopts >= 0 && day < adopts ? clients.subList(0, clients.size() - 1) : clients;
  }

  boolean isBehindGateway() {
    return random(GATEWAYS, tenant).nextInt(GATEWAYS) == 0;
  }

  String home() {
    return "10." + (number >> 16) + "." + ((number >> 8) & 255) + "." + (number & 255);
  }

  String office() {
    return "172." + (16 + (tenant >> 16)) + "." + ((tenant >> 8) & 255) + "." + (tenant & 255);
  }

  /** What a mobile network shows for many. */
  String mobile(int which) {
    return "100.64." + number % 199 + "." + (1 + which);
  }
}
