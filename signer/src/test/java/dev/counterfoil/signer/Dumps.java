package dev.counterfoil.signer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Takes dumps of running processes, by the tools that an attacker or an operator would use. */
public final class Dumps {
  /**
   * Stands before a command that has no rights over other processes, and before one that such a
   * command may look at: the kernel asks a root without CAP_SYS_PTRACE what it asks any other user.
   */
  public static final List<String> SAME_USER =
      List.of("setpriv", "--inh-caps=-sys_ptrace", "--bounding-set=-sys_ptrace", "--");

  private final Path folder;
  private int outputs;

  /**
   * Takes them.
   *
   * @param folder where they go, and what the tools say
   */
  public Dumps(Path folder) {
    this.folder = folder;
  }

  /** As root, of what the process leaves to core files. */
  public Path core(long process, String name) throws Exception {
    return existing(gcore(List.of("gcore"), process, name));
  }

  /** As root, of everything, whatever the process would rather keep out of core files. */
  public Path wholeCore(long process, String name) throws Exception {
    return existing(gcore(List.of("gcore", "-a"), process, name));
  }

  private static Path existing(Path core) {
    if (!Files.exists(core)) {
      throw new AssertionError("no core " + core.getFileName() + ": is gdb installed?");
    }
    return core;
  }

  /**
   * As somebody of the same user without rights over others.
   *
   * @return where the core is if there is one
   */
  public Path coreAsSameUser(long process, String name) throws Exception {
    List<String> command = new ArrayList<>(SAME_USER);
    command.addAll(List.of("gcore", "-a"));
    return gcore(command, process, name);
  }

  private Path gcore(List<String> before, long process, String name) throws Exception {
    List<String> command = new ArrayList<>(before);
    command.addAll(List.of("-o", folder.resolve(name).toString(), Long.toString(process)));
    run(command);
    return folder.resolve(name + "." + process);
  }

  /** By the runtime's own tool; live objects and garbage. */
  public Path heap(long process, String name) throws Exception {
    Path heap = folder.resolve(name + ".hprof");
    jcmd(process, "GC.heap_dump", "-all", heap.toString());
    if (!Files.exists(heap)) {
      throw new AssertionError("no heap dump of " + name);
    }
    return heap;
  }

  /** Takes a process's memory until there is none. */
  public void exhaust(long process) throws Exception {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(new Attributes.Name("Agent-Class"), OutOfMemoryAgent.class.getName());
    String type = OutOfMemoryAgent.class.getName().replace('.', '/') + ".class";
    Path jar = folder.resolve("agent.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        var code = OutOfMemoryAgent.class.getClassLoader().getResourceAsStream(type)) {
      out.putNextEntry(new JarEntry(type));
      code.transferTo(out);
    }
    jcmd(process, "JVMTI.agent_load", jar.toString());
  }

  public void jcmd(long process, String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    command.add(Long.toString(process));
    command.addAll(List.of(words));
    run(command);
  }

  public void signal(long process, String signal) throws Exception {
    run(List.of("kill", "-" + signal, Long.toString(process)));
  }

  /** Runs a tool; what it prints is kept, to be searched. */
  private void run(List<String> command) throws IOException, InterruptedException {
    Process tool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output-" + outputs++ + ".txt").toFile())
            .start();
    if (!tool.waitFor(120, TimeUnit.SECONDS)) {
      tool.destroyForcibly();
      throw new AssertionError(command.getFirst() + " does not end");
    }
  }
}
