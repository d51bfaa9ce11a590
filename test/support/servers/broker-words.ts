/** What tests ask a broker that they started to do or to tell, in Erlang. */
import { binary } from './erlang-call.ts';

/** What a queue holds at this moment. */
export interface QueueState {
  /** All its messages, delivered ones that are not acknowledged included. */
  readonly messages: number;
  /** Those that wait to be delivered. */
  readonly ready: number;
  readonly consumers: number;
}

/** Makes a virtual host that the user may use without limits. */
export function addVhost(vhost: string, user: string): string {
  const [name, who, all] = [binary(vhost), binary(user), binary('.*')];
  return `ok = rabbit_vhost:add(${name}, ${who}),
    ok = rabbit_auth_backend_internal:set_permissions(${who}, ${name}, ${all}, ${all}, ${all}, ${who}),
    true`;
}

/** Whether the virtual host's message stores run: a new one needs a moment. */
export function isVhostUp(vhost: string): string {
  return `rabbit_vhost_sup_sup:is_vhost_alive(${binary(vhost)})`;
}

/** Deletes a virtual host with everything in it. */
export function deleteVhost(vhost: string, user: string): string {
  return `rabbit_vhost:delete(${binary(vhost)}, ${binary(user)}), true`;
}

/** Ends all client connections, waits until they are gone, and counts them: in order with
 * `connection.close`, or by killing the process that serves them, which cuts the socket. */
export function endConnections(isAbrupt: boolean): string {
  const end = isAbrupt
    ? 'exit(Pid, kill)'
    : `rabbit_networking:close_connection(Pid, ${binary('closed by a test')})`;
  return `Pids = rabbit_networking:connections(),
    Watched = [erlang:monitor(process, Pid) || Pid <- Pids],
    [${end} || Pid <- Pids],
    [receive {'DOWN', One, process, _, _} -> gone after 10000 -> error(still_connected) end
      || One <- Watched],
    length(Pids)`;
}

/** How many clients are connected. */
export const countConnections = 'length(rabbit_networking:connections())';

/** Lowers or restores the limit of memory, so that the broker's own check sets or clears its alarm. */
export function setMemoryLimit(isAlarming: boolean): string {
  return `vm_memory_monitor:set_vm_memory_high_watermark(${isAlarming ? '{absolute, 1}' : '0.4'}), true`;
}

/** Whether the memory alarm is on. */
export const hasMemoryAlarm =
  'lists:any(fun({{resource_limit, memory, _}, _}) -> true; (_) -> false end, rabbit_alarm:get_alarms())';

/** Writes its tables of queues to the disk now rather than within some seconds. */
export const writeTables = '[dets:sync(Table) || Table <- dets:all()], true';

/** The state of a queue, `false` when there is no such queue, or `null` while it has no leader. */
export function queueState(vhost: string, queue: string): string {
  return `case rabbit_amqqueue:lookup({resource, ${binary(vhost)}, queue, ${binary(queue)}}) of
    {error, not_found} -> false;
    {ok, Queue} ->
      Messages = case amqqueue:get_type(Queue) of
        rabbit_quorum_queue ->
          % Its figures in "info" are seconds old: ask the log's leader.
          case ra:leader_query(amqqueue:get_pid(Queue), fun rabbit_fifo:query_messages_total/1) of
            {ok, {_, Total}, _} -> Total;
            _ -> null
          end;
        _ -> proplists:get_value(messages, rabbit_amqqueue:info(Queue, [messages]))
      end,
      case Messages of
        null -> null;
        _ ->
          {ok, Ready, Consumers} = rabbit_amqqueue:stat(Queue),
          #{messages => Messages, ready => Ready, consumers => Consumers}
      end
  end`;
}
