package dev.counterfoil.audit;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.log.Disk;
import dev.counterfoil.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who the people in events are: for each tenant and name a {@link Person} with a random key of 256
 * bits, and from it his pseudonym. A file of slots, each sealed under a secret that lies beside it;
 * all of it is in memory. Safe for concurrent use.
 *
 * <p>A name is durable before an event that has it is composed: what a crash leaves is a name too
 * many, never an event whose key is missing. A slot that is half written opens under no key, and is
 * passed over.
 */
final class Names implements AutoCloseable {
  /** Most names of a tenant, and of all: a name more stays in its events as it is. */
  static final int NAMES_OF_TENANT_MAX = 100_000;

  static final int NAMES_MAX = 250_000;

  static final String FOLDER = "names";
  private static final System.Logger LOG = System.getLogger(Names.class.getName());
  private static final String SECRET = "secret";
  private static final String FILE = "people";

  /** A name of usual length takes one. */
  private static final int SLOT_BYTES = 128;

  private static final int HEADER_BYTES = 8;
  private static final int MARK = 0x4346_5031;

  /** In its place where somebody is forgotten; his pseudonym follows, and zeros. */
  private static final int MARK_FORGOTTEN = 0x4346_5030;

  /** A seal, a key, and three texts of at most 1024 characters in UTF-8. */
  private static final int BODY_BYTES_MAX = 12 << 10;

  private static final int READ_BYTES = 1 << 20;

  /** Some kilobytes each. */
  private static final int DERIVED_MAX = 4096;

  private final DiskFile file;
  private final SecureRandom random;
  private final KeyedHash secret;
  private final KeyedHash fileKey;
  private final Map<Named, Person> people = new ConcurrentHashMap<>();

  /** Who had a name before somebody else has it, and is not forgotten yet. */
  private final Map<Named, List<Person>> earlier = new ConcurrentHashMap<>();

  private final Map<Named, Person> byPseudonym = new ConcurrentHashMap<>();
  private final Set<String> forgotten = ConcurrentHashMap.newKeySet();
  private final Map<Fence, Tenant> tenants = new ConcurrentHashMap<>();
  private final Map<Fence, Integer> counts = new HashMap<>();
  private final Object syncing = new Object();

  /** Keys of events that were derived last, by a number from their people: most come again soon. */
  private final AtomicReferenceArray<@Nullable Derived> derived =
      new AtomicReferenceArray<>(DERIVED_MAX);

  private record Derived(List<Person> people, EventKey key) {}

  /** How many slots are written, and how many of them are durable. */
  private volatile long written;

  private volatile long durable;
  private volatile boolean broken;

  /** A name, or a pseudonym, of a tenant's. */
  record Named(Fence fence, String name) {
    /** Says no name. */
    @Override
    public String toString() {
      return "a name of " + fence.name();
    }
  }

  private Names(DiskFile file, byte[] secret, SecureRandom random) throws IOException {
    this.file = file;
    this.random = random;
    this.secret = new KeyedHash(secret);
    this.fileKey = this.secret.derive("names");
    read();
  }

  /**
   * Opens the folder.
   *
   * @param mayBegin whether there may be none yet: there is no event
   * @throws IOException also when there are events without their names
   */
  static Names open(Disk disk, boolean mayBegin, SecureRandom random) throws IOException {
    byte[] secret = secret(disk, mayBegin, random);
    return new Names(disk.openOrCreate(FILE), secret, random);
  }

  private static byte[] secret(Disk disk, boolean mayBegin, SecureRandom random)
      throws IOException {
    try {
      byte[] known = disk.read(SECRET, KeyedHash.KEY_BYTES);
      if (known.length == KeyedHash.KEY_BYTES) {
        return known;
      }
      throw new IOException(SECRET + " in " + disk + " is damaged: put it back from a copy");
    } catch (NoSuchFileException e) {
      if (!mayBegin) {
        throw new IOException(
            "there is an audit log, and "
                + disk
                + " has no secret: put the folder back from a copy. An audit log of a build that kept names in plain is not read by this one: move its folder away, and a new one begins",
            e);
      }
      byte[] fresh = new byte[KeyedHash.KEY_BYTES];
      random.nextBytes(fresh);
      disk.replace(SECRET, fresh);
      return fresh;
    }
  }

  private void read() throws IOException {
    long size = file.sizeBytes();
    long unreadable = 0;
    ByteBuffer block = ByteBuffer.allocate(READ_BYTES + BODY_BYTES_MAX + SLOT_BYTES);
    long at = 0;
    while (at < size) {
      block.clear();
      file.read(block, at);
      block.flip();
      int offset = 0;
      while (offset < Math.min(READ_BYTES, block.limit())) {
        int slots = 1;
        Optional<Person> one = person(block, offset, at / SLOT_BYTES + offset / SLOT_BYTES);
        if (one.isPresent()) {
          add(one.get());
          slots = slots(block.getInt(offset + 4));
        } else if (isForgotten(block, offset)) {
          forgotten.add(pseudonym(block, offset));
        } else if (isWritten(block, offset)) {
          unreadable++;
        }
        offset += slots * SLOT_BYTES;
      }
      at += offset;
    }
    written = (size + SLOT_BYTES - 1) / SLOT_BYTES;
    durable = 0;
    if (unreadable > 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} slots of names cannot be read: what a crash left half written, or damage",
          unreadable);
    }
    sync(written);
  }

  private static boolean isForgotten(ByteBuffer block, int offset) {
    return block.limit() - offset >= HEADER_BYTES + Person.PSEUDONYM_LENGTH
        && block.getInt(offset) == MARK_FORGOTTEN;
  }

  private static String pseudonym(ByteBuffer block, int offset) {
    byte[] text = new byte[Person.PSEUDONYM_LENGTH];
    block.get(offset + HEADER_BYTES, text);
    return new String(text, StandardCharsets.US_ASCII);
  }

  private static boolean isWritten(ByteBuffer block, int offset) {
    int end = Math.min(block.limit(), offset + SLOT_BYTES);
    for (int i = offset; i < end; i++) {
      if (block.get(i) != 0) {
        return true;
      }
    }
    return false;
  }

  private static int slots(int bodyBytes) {
    return (HEADER_BYTES + bodyBytes + SLOT_BYTES - 1) / SLOT_BYTES;
  }

  private Optional<Person> person(ByteBuffer block, int offset, long slot) {
    if (block.limit() - offset < HEADER_BYTES || block.getInt(offset) != MARK) {
      return Optional.empty();
    }
    int length = block.getInt(offset + 4);
    if (length < 1 || length > BODY_BYTES_MAX || length > block.limit() - offset - HEADER_BYTES) {
      return Optional.empty();
    }
    byte[] sealed = new byte[length];
    block.get(offset + HEADER_BYTES, sealed);
    try {
      ByteBuffer body = ByteBuffer.wrap(fileKey.open(sealed));
      byte[] key = new byte[KeyedHash.KEY_BYTES];
      body.get(key);
      Fence fence = new Fence(text(body), text(body));
      return Optional.of(new Person(fence, text(body), key, slot));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  /** What was sealed here is as it was written: its length before each text. */
  private static String text(ByteBuffer from) {
    byte[] text = new byte[from.getShort()];
    from.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static byte[] body(byte[] key, Named one) {
    byte[] domain = utf8(one.fence().domain());
    byte[] tenant = utf8(one.fence().tenant());
    byte[] name = utf8(one.name());
    ByteBuffer body =
        ByteBuffer.allocate(key.length + domain.length + tenant.length + name.length + 6);
    body.put(key);
    for (byte[] text : List.of(domain, tenant, name)) {
      body.putShort((short) text.length).put(text);
    }
    return body.array();
  }

  private void add(Person person) {
    byPseudonym.put(new Named(person.fence(), person.pseudonym()), person);
    Named named = new Named(person.fence(), person.name());
    Person before = people.put(named, person);
    if (before != null) {
      addEarlier(named, before);
    }
    counts.merge(person.fence(), 1, Integer::sum);
  }

  private void addEarlier(Named named, Person before) {
    earlier.merge(
        named,
        List.of(before),
        (some, more) -> Stream.concat(some.stream(), more.stream()).distinct().toList());
  }

  /**
   * Has all of these known, durably when it returns.
   *
   * @throws IOException when that cannot be: record no event of theirs; see {@link #isBroken}
   */
  void learn(Collection<Named> names) throws IOException {
    long upTo = 0;
    for (Named one : names) {
      Person known = people.get(one);
      if (known == null) {
        known = learn(one);
      }
      if (known != null) {
        upTo = Math.max(upTo, known.slot() + 1);
      }
    }
    if (upTo > durable) {
      sync(upTo);
    }
  }

  /** Null when there are too many. */
  private synchronized @Nullable Person learn(Named one) throws IOException {
    Person known = people.get(one);
    if (known != null) {
      return known;
    }
    if (byPseudonym.size() >= NAMES_MAX
        || counts.getOrDefault(one.fence(), 0) >= NAMES_OF_TENANT_MAX) {
      return null;
    }
    byte[] key = new byte[KeyedHash.KEY_BYTES];
    do {
      random.nextBytes(key);
    } while (byPseudonym.containsKey(new Named(one.fence(), Person.pseudonym(key))));
    byte[] body = fileKey.seal(body(key, one));
    int slots = slots(body.length);
    ByteBuffer record = ByteBuffer.allocate(slots * SLOT_BYTES);
    record.putInt(MARK).putInt(body.length).put(body).clear();
    file.write(record, written * SLOT_BYTES);
    Person person = new Person(one.fence(), one.name(), key, written);
    written += slots;
    add(person);
    return person;
  }

  private void sync(long upTo) throws IOException {
    synchronized (syncing) {
      if (broken) {
        throw new IOException("the file of names could not be synced before");
      }
      if (upTo > durable) {
        long to = written;
        try {
          file.sync();
        } catch (IOException e) {
          broken = true;
          throw e;
        }
        durable = to;
      }
    }
  }

  /** Whether nobody knows what of it is on the disk: stop, and start again. */
  boolean isBroken() {
    return broken;
  }

  /** Who has a name now. */
  Optional<Person> find(Fence fence, String name) {
    return Optional.ofNullable(people.get(new Named(fence, name)));
  }

  /** Everybody who has a name, or had it before. */
  List<Person> all(Fence fence, String name) {
    Named named = new Named(fence, name);
    List<Person> all = new ArrayList<>(earlier.getOrDefault(named, List.of()));
    Person now = people.get(named);
    if (now != null) {
      all.add(now);
    }
    return all;
  }

  /** Whoever is learned by this name from now on is somebody else. */
  synchronized void retire(Person person) {
    Named named = new Named(person.fence(), person.name());
    if (people.remove(named, person)) {
      addEarlier(named, person);
    }
  }

  /**
   * Forgets somebody: his name and his key are overwritten where they are, durably when it returns.
   * On media that write elsewhere, and in copies, they stay until those are gone.
   */
  synchronized void forget(Person person) throws IOException {
    if (broken) {
      throw new IOException("the file of names could not be synced before");
    }
    byte[] body = new byte[body(person.key(), new Named(person.fence(), person.name())).length];
    int slots = slots(body.length + KeyedHash.SEAL_BYTES);
    ByteBuffer record = ByteBuffer.allocate(slots * SLOT_BYTES);
    record.putInt(MARK_FORGOTTEN).putInt(0);
    record.put(person.pseudonym().getBytes(StandardCharsets.US_ASCII)).clear();
    file.write(record, person.slot() * SLOT_BYTES);
    try {
      file.sync();
    } catch (IOException e) {
      broken = true;
      throw e;
    }
    forgotten.add(person.pseudonym());
    Named named = new Named(person.fence(), person.name());
    people.remove(named, person);
    earlier.computeIfPresent(
        named,
        (_, some) -> {
          List<Person> left = some.stream().filter(one -> one != person).toList();
          return left.isEmpty() ? null : left;
        });
    byPseudonym.remove(new Named(person.fence(), person.pseudonym()));
    for (int place = 0; place < DERIVED_MAX; place++) {
      derived.set(place, null);
    }
    counts.merge(person.fence(), -1, Integer::sum);
  }

  /** Pseudonyms of those who are forgotten. */
  Set<String> forgotten() {
    return Set.copyOf(forgotten);
  }

  /** Whose a pseudonym is. */
  Optional<Person> byPseudonym(Fence fence, String pseudonym) {
    return Optional.ofNullable(byPseudonym.get(new Named(fence, pseudonym)));
  }

  /** Whether a pseudonym was somebody's who is forgotten. */
  boolean isForgotten(String pseudonym) {
    return forgotten.contains(pseudonym);
  }

  /**
   * What is a tenant's, and no one person's.
   *
   * @param key from which those of its events are derived
   * @param nobody of events that name nobody
   * @param addresses seals what is searched as an address
   * @param sessions seals what is searched as a session
   */
  record Tenant(KeyedHash key, EventKey nobody, KeyedHash addresses, KeyedHash sessions) {
    static Tenant of(KeyedHash key) {
      return new Tenant(
          key, new EventKey(key.derive("people")), key.derive("address"), key.derive("session"));
    }
  }

  /** The keys of a tenant. */
  Tenant tenant(Fence fence) {
    return tenants.computeIfAbsent(
        fence, of -> Tenant.of(secret.derive("tenant", utf8(of.domain()), utf8(of.tenant()))));
  }

  /** The key of events of these people, who are all known. */
  EventKey eventKey(Fence fence, List<Person> people) {
    int place = Math.floorMod(people.hashCode(), DERIVED_MAX);
    Derived known = derived.get(place);
    // Who they are decides, not what is equal: a person is one object.
    if (known == null || !known.people().equals(people)) {
      byte[][] keys = people.stream().map(Person::key).toArray(byte[][]::new);
      known =
          new Derived(
              List.copyOf(people), new EventKey(tenant(fence).key().derive("people", keys)));
      derived.set(place, known);
    }
    return known.key();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
