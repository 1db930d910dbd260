package dev.counterfoil.drills.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Takes images of processes' memory, with the tools of the system and of the Java runtime. */
final class MemoryImages {
  private static final int SECONDS_MAX = 180;

  private final Path folder;
  private int outputs;

  MemoryImages(Path folder) {
    this.folder = folder;
  }

  /** Whether this process may look into others. */
  static boolean isRoot() {
    return Files.isReadable(Path.of("/proc/1/environ"));
  }

  /** What a process leaves to core files, as far as this process may take it. */
  Optional<Path> core(long pid) throws IOException, InterruptedException {
    return gcore(List.of("gcore"), "core", pid);
  }

  /** Everything that is mapped, whatever the process would rather keep out. */
  Optional<Path> wholeCore(long pid) throws IOException, InterruptedException {
    return gcore(List.of("gcore", "-a"), "whole", pid);
  }

  /** What somebody gets who has no rights over other processes. */
  Optional<Path> coreWithoutRights(long pid) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(
          List.of("setpriv", "--inh-caps=-sys_ptrace", "--bounding-set=-sys_ptrace", "--"));
    }
    command.addAll(List.of("gcore", "-a"));
    return gcore(command, "same-user", pid);
  }

  private Optional<Path> gcore(List<String> tool, String name, long pid)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(tool);
    command.addAll(List.of("-o", folder.resolve(name).toString(), Long.toString(pid)));
    run(command);
    return Optional.of(folder.resolve(name + "." + pid)).filter(Files::exists);
  }

  /** The heap of a Java process, taken by the runtime's own tool. */
  Optional<Path> heap(long pid) throws IOException, InterruptedException {
    Path heap = folder.resolve("heap-" + pid + ".hprof");
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    run(List.of(jcmd, Long.toString(pid), "GC.heap_dump", "-all", heap.toString()));
    return Optional.of(heap).filter(Files::exists);
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    Process tool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output-" + outputs++ + ".txt").toFile())
            .start();
    if (!tool.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
      tool.destroyForcibly();
      throw new IOException(command.getFirst() + " does not end");
    }
  }
}
