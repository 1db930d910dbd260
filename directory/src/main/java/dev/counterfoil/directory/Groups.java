package dev.counterfoil.directory;

import dev.counterfoil.directory.DirectoryRefusedException.Reason;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * The groups of a {@link Directory}. Of two changes that began from the same version of a group the
 * second is refused. A person's groups fit into a token, by the limits here.
 */
public final class Groups {
  /** Most groups, or members, that are given at one time. */
  public static final int PAGE_MAX = 1_000;

  /** Most groups of a tenant. */
  public static final int GROUPS_MAX = 10_000;

  /** Most groups of a person. */
  public static final int GROUPS_OF_PERSON_MAX = 100;

  /** Most bytes in UTF-8 that the names of a person's groups have together. */
  public static final int NAMES_OF_PERSON_BYTES_MAX = 4_096;

  private static final String GROUP = "SELECT id, tenant, name, created_at, version";
  private static final String ONE = " FROM people_group WHERE tenant = :tenant AND name = :name";

  private final Jdbi jdbi;
  private final InstantSource clock;

  /**
   * A group, and how many people are in it.
   *
   * @param members how many
   */
  public record Counted(PeopleGroup group, int members) {}

  private record Kept(long id, PeopleGroup group) {}

  Groups(Jdbi jdbi, InstantSource clock) {
    this.jdbi = jdbi;
    this.clock = clock;
  }

  /**
   * A group that is not in the directory yet.
   *
   * @throws DirectoryRefusedException when a rule of {@link PeopleGroup} is broken
   */
  public PeopleGroup newGroup(String tenant, String name) throws DirectoryRefusedException {
    try {
      return new PeopleGroup(tenant, name, Instant.ofEpochMilli(clock.millis()), 1);
    } catch (IllegalArgumentException e) {
      throw new DirectoryRefusedException(Reason.MALFORMED, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Puts a group in, without members.
   *
   * @throws DirectoryRefusedException when there is one of this name, or the tenant has {@link
   *     #GROUPS_MAX}
   */
  public void add(PeopleGroup group) throws DirectoryRefusedException {
    refusable(
        handle -> {
          if (find(handle, group.tenant(), group.name()).isPresent()) {
            throw new DirectoryRefusedException(
                Reason.TAKEN, "There is a group " + group.name() + " of this tenant already.");
          }
          int present =
              handle
                  .createQuery("SELECT count(*) FROM people_group WHERE tenant = :tenant")
                  .bind("tenant", group.tenant())
                  .mapTo(Integer.class)
                  .one();
          if (present >= GROUPS_MAX) {
            throw new DirectoryRefusedException(
                Reason.FULL, "A tenant has at most " + GROUPS_MAX + " groups.");
          }
          return handle
              .createUpdate(
                  "INSERT INTO people_group (tenant, name, created_at, version)"
                      + " VALUES (:tenant, :name, :created, :version)")
              .bind("tenant", group.tenant())
              .bind("name", group.name())
              .bind("created", group.createdAt().toEpochMilli())
              .bind("version", group.version())
              .execute();
        });
  }

  /** The group of a name. */
  public Optional<PeopleGroup> find(String tenant, String name) {
    return jdbi.withHandle(handle -> find(handle, tenant, name)).map(Kept::group);
  }

  /**
   * The group of a name.
   *
   * @throws DirectoryRefusedException when there is none
   */
  public PeopleGroup named(String tenant, String name) throws DirectoryRefusedException {
    return find(tenant, name).orElseThrow(() -> unknown(name));
  }

  private static DirectoryRefusedException unknown(String name) {
    return new DirectoryRefusedException(
        Reason.UNKNOWN,
        PeopleGroup.isName(name)
            ? "There is no group " + name + " of this tenant."
            : "No group has such a name.");
  }

  private static Optional<Kept> find(Handle handle, String tenant, String name) {
    if (!PeopleGroup.isName(name)) {
      return Optional.empty();
    }
    return handle
        .createQuery(GROUP + ONE)
        .bind("tenant", tenant)
        .bind("name", name)
        .map((results, context) -> new Kept(results.getLong("id"), group(results)))
        .findOne();
  }

  private static PeopleGroup group(ResultSet results) throws SQLException {
    return new PeopleGroup(
        results.getString("tenant"),
        results.getString("name"),
        Instant.ofEpochMilli(results.getLong("created_at")),
        results.getLong("version"));
  }

  /**
   * Groups in the order of tenants and names.
   *
   * @param tenant whose; empty for those of all tenants
   * @param afterTenant tenant of the last one of the page before; empty to begin
   * @param afterName its name; empty to begin
   * @param max at most so many, and never more than {@link #PAGE_MAX}
   */
  public List<Counted> list(
      Optional<String> tenant, String afterTenant, String afterName, int max) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    GROUP
                        + ", (SELECT count(*) FROM membership WHERE group_id = id) AS members"
                        + " FROM people_group WHERE (tenant, name) > (:afterTenant, :afterName)"
                        + (tenant.isPresent() ? " AND tenant = :tenant" : "")
                        + " ORDER BY tenant, name LIMIT :max")
                .bind("afterTenant", afterTenant)
                .bind("afterName", afterName)
                .bind("tenant", tenant.orElse(""))
                .bind("max", Math.clamp(max, 0, PAGE_MAX))
                .map((results, context) -> new Counted(group(results), results.getInt("members")))
                .list());
  }

  /**
   * The people in a group, in the order of their usernames.
   *
   * @param afterUsername the last one of the page before; empty to begin
   * @param max at most so many, and never more than {@link #PAGE_MAX}
   */
  public List<Person> members(PeopleGroup group, String afterUsername, int max) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    Rows.PERSON
                        + " WHERE username > :after AND subject IN (SELECT subject FROM membership"
                        + " WHERE group_id = (SELECT id"
                        + ONE
                        + ")) ORDER BY username LIMIT :max")
                .bind("after", afterUsername)
                .bind("tenant", group.tenant())
                .bind("name", group.name())
                .bind("max", Math.clamp(max, 0, PAGE_MAX))
                .map((results, context) -> Rows.person(results))
                .list());
  }

  /** The names of the groups that a person is in, sorted. */
  public List<String> of(String subject) {
    return jdbi.withHandle(handle -> of(handle, subject));
  }

  private static List<String> of(Handle handle, String subject) {
    return handle
        .createQuery(
            "SELECT name FROM people_group JOIN membership ON group_id = id"
                + " WHERE subject = :key ORDER BY name")
        .bind("key", subject)
        .mapTo(String.class)
        .list();
  }

  /**
   * Puts a person into a group; one who is in it stays.
   *
   * @param group as it was read
   * @return the group as it is now
   * @throws DirectoryRefusedException when another change came first, the group or the person is
   *     gone, the person is of another tenant, or is in as many groups as a token can say
   */
  public PeopleGroup addMember(PeopleGroup group, Person person) throws DirectoryRefusedException {
    return refusable(
        handle -> {
          Kept present = unchanged(handle, group);
          if (!person.tenant().equals(group.tenant())) {
            throw new DirectoryRefusedException(
                Reason.MALFORMED,
                person.username() + " belongs to another tenant than the group " + group.name());
          }
          Rows.requirePerson(handle, person.subject());
          List<String> names = of(handle, person.subject());
          if (names.contains(group.name())) {
            return present.group;
          }
          requireRoom(names, group.name(), person.username());
          handle
              .createUpdate("INSERT INTO membership (subject, group_id) VALUES (:key, :group)")
              .bind("key", person.subject())
              .bind("group", present.id)
              .execute();
          return next(handle, present);
        });
  }

  private static void requireRoom(List<String> names, String another, String username)
      throws DirectoryRefusedException {
    int bytes = another.getBytes(StandardCharsets.UTF_8).length;
    for (String name : names) {
      bytes += name.getBytes(StandardCharsets.UTF_8).length;
    }
    if (names.size() >= GROUPS_OF_PERSON_MAX || bytes > NAMES_OF_PERSON_BYTES_MAX) {
      throw new DirectoryRefusedException(
          Reason.FULL,
          username
              + " is in "
              + names.size()
              + " groups. A person is in at most "
              + GROUPS_OF_PERSON_MAX
              + ", whose names have together at most "
              + NAMES_OF_PERSON_BYTES_MAX
              + " bytes, since tokens have to name them.");
    }
  }

  /**
   * Takes a person out of a group; one who is not in it stays out.
   *
   * @param group as it was read
   * @return the group as it is now
   * @throws DirectoryRefusedException when another change came first, or the group is gone
   */
  public PeopleGroup removeMember(PeopleGroup group, String subject)
      throws DirectoryRefusedException {
    return refusable(
        handle -> {
          Kept present = unchanged(handle, group);
          int removed =
              handle
                  .createUpdate("DELETE FROM membership WHERE subject = :key AND group_id = :group")
                  .bind("key", subject)
                  .bind("group", present.id)
                  .execute();
          return removed == 0 ? present.group : next(handle, present);
        });
  }

  /**
   * Takes a group out, with people in it or without.
   *
   * @param group as it was read
   * @throws DirectoryRefusedException when another change came first, or the group is gone
   */
  public void remove(PeopleGroup group) throws DirectoryRefusedException {
    refusable(
        handle ->
            handle
                .createUpdate("DELETE FROM people_group WHERE id = :id")
                .bind("id", unchanged(handle, group).id)
                .execute());
  }

  private static Kept unchanged(Handle handle, PeopleGroup asRead)
      throws DirectoryRefusedException {
    Kept present =
        find(handle, asRead.tenant(), asRead.name()).orElseThrow(() -> unknown(asRead.name()));
    if (!present.group.equals(asRead)) {
      throw new DirectoryRefusedException(
          Reason.OUTDATED,
          "The group "
              + asRead.name()
              + " was changed in the meantime. Look again, and make your change again.");
    }
    return present;
  }

  private static PeopleGroup next(Handle handle, Kept present) {
    PeopleGroup group = present.group;
    handle
        .createUpdate("UPDATE people_group SET version = version + 1 WHERE id = :id")
        .bind("id", present.id)
        .execute();
    return new PeopleGroup(group.tenant(), group.name(), group.createdAt(), group.version() + 1);
  }

  private <T> T refusable(Directory.Refusable<T> change) throws DirectoryRefusedException {
    return jdbi.inTransaction(change::in);
  }
}
