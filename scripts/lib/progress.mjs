// What set-up shows while it works: the step, how long it took, how long it will take.

/** `4 min 5 s`, `12 s`. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Shows steps one after the other. On a terminal one line is redrawn each second; elsewhere a line is
 * written at the start and the end of a step and every 30 seconds between.
 * @param {{name: string, seconds: number}[]} steps with the time that each is thought to take
 */
export function createProgress(steps, stream = process.stderr) {
  const isTerminal = stream.isTTY === true;
  let index = -1;
  let startedAt = 0;
  let timer;

  const left = (elapsed) => {
    const current = Math.max(0, steps[index].seconds - elapsed);
    return current + steps.slice(index + 1).reduce((sum, step) => sum + step.seconds, 0);
  };
  const line = () => {
    const elapsed = (Date.now() - startedAt) / 1000;
    const place = `[${index + 1}/${steps.length}]`;
    const late = elapsed > steps[index].seconds + 5 ? ', longer than thought' : '';
    return `${place} ${steps[index].name}: ${duration(elapsed)}, about ${duration(left(elapsed))} left${late}`;
  };
  const draw = () => stream.write(isTerminal ? `\r\x1b[K${line()}` : `${line()}\n`);
  const clear = () => isTerminal && stream.write('\r\x1b[K');

  return {
    start() {
      index += 1;
      startedAt = Date.now();
      draw();
      timer = setInterval(draw, isTerminal ? 1000 : 30_000);
      timer.unref();
    },
    /** @returns {number} the seconds that the step took */
    done() {
      clearInterval(timer);
      const seconds = (Date.now() - startedAt) / 1000;
      clear();
      stream.write(`[${index + 1}/${steps.length}] ${steps[index].name}: done in ${duration(seconds)}\n`);
      return seconds;
    },
    failed() {
      clearInterval(timer);
      clear();
    },
  };
}
