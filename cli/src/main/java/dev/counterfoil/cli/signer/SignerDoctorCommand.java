package dev.counterfoil.cli.signer;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.doctor.Check;
import dev.counterfoil.installation.doctor.Doctor;
import dev.counterfoil.installation.doctor.Doctor.Examination;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows which protections hold. */
@Command(
    name = "doctor",
    description = {
      "Shows each protection of a running signer and registrar, and its remedy.",
      "For each protection it shows whether it is active, and why:",
      "what the process proved at its start, what can be seen of it from outside, what"
          + " the machine offers, and the permissions of its files. The exit code is 0 only"
          + " if every essential protection (*) is active. See docs/operate/protection.md."
    })
final class SignerDoctorCommand extends PrintingCommand {
  @Mixin private SignerCommand.Subjects subjects;

  @Override
  public Integer call() throws InterruptedException {
    List<Examination> examinations = new ArrayList<>();
    for (SignerCommand.Subject subject : subjects.all()) {
      examinations.add(Doctor.examine(subject.configuration(), subject.file()));
    }
    boolean sound = examinations.stream().allMatch(Examination::isSound);
    if (json) {
      JsonLine.print(
          JsonObject.builder()
              .put("sound", sound)
              .put("processes", examinations.stream().map(Examination::toJson).toList())
              .build());
    } else {
      examinations.forEach(SignerDoctorCommand::print);
      System.out.println(
          sound
              ? "Every essential protection (*) holds."
              : "NOT SOUND: an essential protection (*) does not hold, or a process does"
                  + " not answer.");
    }
    return sound ? ExitCode.OK : ExitCode.NO;
  }

  private static void print(Examination examination) {
    System.out.printf(
        "The %s of domain %s, %s%n",
        examination.role(),
        examination.domain(),
        examination.pid().isPresent()
            ? "pid " + examination.pid().getAsLong()
            : "not seen running");
    if (!examination.answered()) {
      System.out.println("  Its admin socket does not answer, so its own report is missing below.");
    }
    for (Check check : examination.checks()) {
      System.out.printf(
          "  %-8s %s%-28s %s%n",
          switch (check.state()) {
            case HELD -> "held";
            case NOT_HELD -> "NOT HELD";
            case UNKNOWN -> "unknown";
          },
          check.essential() ? "*" : " ",
          check.name(),
          check.seen());
      if (check.state() != Check.State.HELD) {
        System.out.printf("           to do: %s%n", check.advice());
      }
    }
    System.out.println();
  }
}
