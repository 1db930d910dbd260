package dev.counterfoil.auditserver.events;

import dev.counterfoil.audit.Auditor;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tasks for which the operator's staff reads a tenant's events: each of one Unix user, for one
 * tenant, with a reason and an end. Beginning, each reading and the end are events that the tenant
 * sees, with the task's id as their session. A file, replaced as a whole and durable when a method
 * returns. Safe for concurrent use.
 */
public final class StaffTasks implements AutoCloseable {
  /** Longest time of a task. */
  public static final Duration LIFE_MAX = Duration.ofHours(24);

  /** Most tasks that are open at one time. */
  static final int OPEN_MAX = 100;

  private static final String PART = "monitor";
  private static final String FILE = "staff-tasks.json";
  private static final int BYTES_MAX = 1 << 20;
  private static final Duration AGAIN_AFTER = Duration.ofSeconds(10);
  private static final System.Logger LOG = System.getLogger(StaffTasks.class.getName());

  private final Disk disk;
  private final boolean required;
  private final Auditor auditor;
  private final InstantSource clock;
  private final List<Task> tasks = new ArrayList<>();
  private final Thread ender;
  private long begun;
  private boolean isClosed;

  /** A task ended while its reader was being answered. */
  public static final class EndedException extends IOException {
    private static final long serialVersionUID = 1L;

    EndedException() {
      super("the task has ended: begin another one, and read on");
    }
  }

  /**
   * A task.
   *
   * @param id {@code t} and a number that is never given again
   * @param by the Unix user who began it
   * @param until from when on it permits nothing
   */
  public record Task(String id, Fence fence, String by, String reason, Instant until) {
    /** As it is kept and answered. */
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("id", id)
          .put("domain", fence.domain())
          .put("tenant", fence.tenant())
          .put("by", by)
          .put("reason", reason)
          .put("until", until.getEpochSecond())
          .build();
    }

    private static Task parse(JsonObject json) throws FormatException {
      return new Task(
          json.string("id"),
          new Fence(json.string("domain"), json.string("tenant")),
          json.string("by"),
          json.string("reason"),
          Instant.ofEpochSecond(json.number("until")));
    }
  }

  private StaffTasks(Disk disk, boolean required, Auditor auditor, InstantSource clock) {
    this.disk = disk;
    this.required = required;
    this.auditor = auditor;
    this.clock = clock;
    this.ender = Thread.ofVirtual().name("staff-tasks").unstarted(this::endThoseThatAreOver);
  }

  /**
   * Reads the tasks, and has those end whose time is over.
   *
   * @param folder where their file lies
   * @param required whether staff reads a tenant's events for a task alone
   */
  public static StaffTasks open(Path folder, boolean required, Auditor auditor, InstantSource clock)
      throws IOException {
    Disk disk = FileDisk.privateFolder(folder);
    StaffTasks tasks = new StaffTasks(disk, required, auditor, clock);
    try {
      JsonObject json = StrictJson.object(disk.read(FILE, BYTES_MAX), BYTES_MAX);
      tasks.begun = json.number("begun");
      for (JsonObject one : json.objects("tasks")) {
        tasks.tasks.add(Task.parse(one));
      }
    } catch (NoSuchFileException e) {
      // None was begun yet.
    } catch (FormatException | IllegalArgumentException e) {
      throw new IOException(FILE + " in " + disk + " cannot be read", e);
    }
    tasks.ender.start();
    return tasks;
  }

  /** Those that are open. */
  public synchronized List<Task> all() {
    return tasks.stream().filter(this::isOpen).toList();
  }

  private boolean isOpen(Task task) {
    return clock.instant().isBefore(task.until);
  }

  /** Begins one; recorded before. */
  public synchronized Task begin(Fence fence, String by, String reason, Duration life)
      throws IOException, FormatException {
    if (life.isNegative() || life.isZero() || life.compareTo(LIFE_MAX) > 0) {
      throw new FormatException("a task lasts for 1 second to " + LIFE_MAX.toHours() + " hours");
    }
    if (reason.isBlank() || reason.length() > AuditEvent.KEY_LENGTH_MAX) {
      throw new FormatException("a reason has 1 to " + AuditEvent.KEY_LENGTH_MAX + " characters");
    }
    if (tasks.size() >= OPEN_MAX) {
      throw new FormatException(OPEN_MAX + " tasks are open. End one first");
    }
    // Kept before it is recorded: the record of a task that could not begin keeps its id.
    begun++;
    write();
    Task task =
        new Task(
            "t" + begun,
            fence,
            by,
            reason,
            Instant.ofEpochSecond(clock.instant().plus(life).getEpochSecond()));
    auditor.record(
        fence.domain(),
        draft(Operation.STAFF_BEGIN, task).user(by).message("until " + task.until + ": " + reason));
    tasks.add(task);
    write();
    notifyAll();
    return task;
  }

  /** Ends one before its time, no matter who began it; empty where none of this id is open. */
  public synchronized Optional<Task> end(String id, String by) throws IOException {
    Optional<Task> found =
        tasks.stream().filter(this::isOpen).filter(one -> one.id.equals(id)).findFirst();
    if (found.isPresent()) {
      auditor.record(
          found.get().fence.domain(),
          draft(Operation.STAFF_END, found.get()).user(by).message("ended by " + by));
      tasks.remove(found.get());
      write();
    }
    return found;
  }

  /**
   * Who reads for a task.
   *
   * @param ask what is asked, as the event of a refusal says it
   * @throws FormatException where a task is required and this user has none for the tenant: the
   *     tenant sees the attempt
   */
  Reader reader(Reader who, Fence fence, Operation ask) throws IOException, FormatException {
    String by = who.user().orElse("");
    Optional<Task> task = openTask(fence, by);
    if (task.isPresent()) {
      return who.forTask(task.get().id);
    }
    if (!required) {
      return who;
    }
    String why =
        by
            + " has no open task for this tenant. Begin one, which the tenant sees: counterfoil"
            + " staff begin --tenant NAME --reason TEXT --for 2h";
    auditor.record(
        fence.domain(),
        EventDraft.of(ask)
            .part(PART)
            .tenant(fence.tenant())
            .user(by)
            .socket("admin-socket")
            .entity(ask.code(), fence.tenant())
            .refused("no-task", why));
    throw new FormatException(why);
  }

  /** Whether one may still read who could a moment ago. */
  synchronized boolean permits(Reader who, Fence fence) {
    return !required || openTask(fence, who.user().orElse("")).isPresent();
  }

  private synchronized Optional<Task> openTask(Fence fence, String by) {
    return tasks.stream()
        .filter(this::isOpen)
        .filter(one -> one.fence.equals(fence) && one.by.equals(by))
        .reduce((first, last) -> last);
  }

  private static EventDraft draft(Operation operation, Task task) {
    return EventDraft.of(operation)
        .part(PART)
        .tenant(task.fence.tenant())
        .session(task.id)
        .socket("admin-socket")
        .entity("task", task.id);
  }

  private void write() throws IOException {
    disk.replace(
        FILE,
        JsonObject.builder()
            .put("begun", begun)
            .put("tasks", tasks.stream().map(Task::toJson).toList())
            .build()
            .canonicalBytes());
  }

  /** Sleeps until the next one is over: nothing wakes up while none is open. */
  private synchronized void endThoseThatAreOver() {
    try {
      while (!isClosed) {
        Duration pause = endOver();
        if (pause.isZero()) {
          wait();
        } else {
          wait(Math.max(1, pause.toMillis()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends those whose time is over; how long until the next one is, zero for none. */
  private Duration endOver() {
    Instant now = clock.instant();
    try {
      for (Task task : List.copyOf(tasks)) {
        if (!now.isBefore(task.until)) {
          auditor.record(
              task.fence.domain(),
              draft(Operation.STAFF_END, task).user(task.by).message("its time is over"));
          tasks.remove(task);
          write();
        }
      }
    } catch (AuditUnavailableException e) {
      return AGAIN_AFTER;
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "the end of a task cannot be kept", e);
      return AGAIN_AFTER;
    }
    return tasks.stream()
        .map(task -> Duration.between(now, task.until))
        .min(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    synchronized (this) {
      isClosed = true;
      notifyAll();
    }
    ender.interrupt();
  }
}
