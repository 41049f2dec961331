"""The command line beside a running server, and the words it has when something is wrong."""

import base64
import hashlib
import shutil
from pathlib import Path

import httpx
import pytest

from adapters.channex.simulator import HOTELS
from entrypoints.demo.processes import free_port
from tests.e2e.harness import Rig, serai, wait_for_exit
from tests.patience import PATIENCE_S


def words(text: str) -> str:
    """*text* without its columns and line breaks."""
    return " ".join(text.split())


def test_a_second_server_on_one_file_is_refused_in_words(travelled: Rig) -> None:
    second = travelled.serai("serve", "--port", str(free_port()))
    assert second.returncode == 1
    assert "is already served by process" in second.stderr
    assert "Traceback" not in second.stderr
    assert travelled.hub.alive


def test_a_taken_port_is_refused_in_words(travelled: Rig, tmp_path: Path) -> None:
    taken = travelled.hub_url.rpartition(":")[2]
    second = serai("serve", "--port", taken, settings={"data_dir": str(tmp_path / "var")})
    assert second.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {taken}: address already in use" in second.stderr


def test_the_first_key_is_shown_once(travelled: Rig) -> None:
    assert travelled.hub.log.read_text().count(travelled.admin_key) == 1
    travelled.hub.stop()
    travelled.start_hub()
    assert travelled.hub.log.read_text().count("First run") == 1


def test_an_agent_works_a_pnr_at_the_desk(travelled: Rig) -> None:
    pnrs = travelled.serai("pnrs", "list", "--state", "ticketed")
    (row,) = [line for line in pnrs.stdout.splitlines() if line.startswith("pnr_")]
    shown = travelled.serai("pnrs", "show", row.split()[0])
    assert "tell_and_acknowledge (done)" in shown.stdout, shown.stderr
    assert shown.stdout.count("passenger ") == 3
    again = travelled.serai("pnrs", "ticket", row.split()[0])
    assert "3 tickets stand" in again.stdout, again.stderr
    quote = travelled.serai("pnrs", "refund-quote", row.split()[0])
    assert "the carrier keeps" in quote.stdout, quote.stderr
    early = travelled.serai("pnrs", "resolve", row.split()[0], "--outcome", "done", "--reason", "x")
    assert (early.returncode, "nothing is open" in early.stderr) == (1, True)


def test_why_a_webhook_was_not_believed_is_told_at_the_desk(travelled: Rig) -> None:
    listed = travelled.serai("connections", "list").stdout
    (row,) = [line for line in listed.splitlines() if " stripe " in line]
    id = row.split()[0]
    junk = httpx.post(
        f"{travelled.hub_url}/in/{id}", content=b"junk", timeout=PATIENCE_S, trust_env=False
    )
    assert junk.status_code == 400
    told = words(travelled.serai("connections", "rejections", id).stdout)
    assert f"no Stripe-Signature header 4 {hashlib.sha256(b'junk').hexdigest()[:16]}" in told


def test_commands_look_and_change_beside_a_running_server(travelled: Rig) -> None:
    bookings = travelled.serai("bookings", "list", "--state", "cancelled")
    assert "Manazil Zamzam Tower" in bookings.stdout, bookings.stderr
    made = travelled.serai("keys", "create", "second", "--allow", "search")
    assert made.stdout.startswith("serai_test_"), made.stderr
    listed = travelled.serai("keys", "list").stdout
    assert "second" in listed
    assert made.stdout.split()[0] not in listed
    verified = travelled.serai("audit", "verify")
    assert (verified.returncode, verified.stdout[:1]) == (0, "✓"), verified.stderr


def test_an_agreement_is_looked_at_and_taken_out(travelled: Rig, tmp_path: Path) -> None:
    listed = travelled.serai("agreements", "list", "--state", "signed")
    id = listed.stdout.split("agr_")[1].split()[0]
    shown = words(travelled.serai("agreements", "show", f"agr_{id}").stdout)
    assert "Siti Contoh, signed" in shown
    file = tmp_path / "akad.pdf"
    take = ("agreements", "document", f"agr_{id}", str(file), "--which", "signed")
    taken = travelled.serai(*take)
    assert taken.returncode == 0, taken.stderr
    assert file.read_bytes().startswith(b"%PDF-")
    assert hashlib.sha256(file.read_bytes()).hexdigest() in shown
    again = travelled.serai(*take)
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    back = travelled.serai("agreements", "return", f"agr_{id}", str(file))
    assert back.returncode == 1
    assert "sign at the vendor" in back.stderr


def test_a_signing_key_that_is_rotated_is_in_the_key_set_of_the_running_server(
    travelled: Rig,
) -> None:
    made = travelled.serai("signing-keys", "rotate")
    assert made.returncode == 0, made.stderr
    id, public = made.stdout.split()[:2]
    assert (id[:4], public[:5]) == ("sgk_", "whpk_")
    listed = travelled.serai("signing-keys", "list")
    assert id in listed.stdout
    assert "whsk_" not in made.stdout + listed.stdout
    tenant = travelled.serai("tenants", "list").stdout.split("tnt_")[1].split()[0]
    shown = httpx.get(f"{travelled.hub_url}/webhook-keys/tnt_{tenant}/test", timeout=PATIENCE_S)
    assert public in [key["webhook_key"] for key in shown.json()["keys"]]


def test_a_connection_is_added_and_tested_without_a_secret_on_the_command_line(
    travelled: Rig,
) -> None:
    base = f"base_url={travelled.sandbox_url}/hotelbeds/hotel-api/1.0"
    company = ("--entity", travelled.entity)
    missing = travelled.serai("connections", "add", "hotelbeds", *company, "--set", base)
    assert missing.returncode == 1
    assert "Hotelbeds also needs api_key, secret" in missing.stderr
    secrets = "api_key=sandboxkey00000000000000\nsecret=sandbox000\n"
    arguments = ("add", "hotelbeds", "--name", "Second", "--set", base, "--secret-file", "-")
    company = ("--entity", travelled.entity)
    added = travelled.serai("connections", *arguments, *company, text=secrets)
    assert added.returncode == 0, added.stderr
    id = added.stdout.split()[0]
    tested = travelled.serai("connections", "test", id)
    assert (tested.returncode, "✓ verified" in tested.stdout) == (0, True), tested.stdout
    wrong = travelled.serai(
        "connections", "rotate-secret", id, "--secret-file", "-", text="secret=wrong0000\n"
    )
    assert wrong.returncode == 0, wrong.stderr
    rejected = travelled.serai("connections", "test", id)
    assert (rejected.returncode, "✗ rejected" in rejected.stdout) == (1, True), rejected.stdout
    doctor = travelled.serai("doctor")
    assert doctor.returncode == 1
    assert "✗ connection Second (test) rejected" in words(doctor.stdout)
    assert "wrong0000" not in doctor.stdout + rejected.stdout
    assert travelled.serai("connections", "disable", id, "--reason", "a test").returncode == 0


def test_a_healthy_house_is_called_so(travelled: Rig) -> None:
    doctor = travelled.serai("doctor")
    assert doctor.returncode == 0, doctor.stdout
    for about in ("settings", "database", "encryption key", "connection Hotelbeds (test)"):
        assert f"✓ {about}" in words(doctor.stdout)
    assert "All is well." in doctor.stdout


def test_a_backup_made_while_serving_comes_back_elsewhere(travelled: Rig, tmp_path: Path) -> None:
    file = tmp_path / "serai.backup"
    made = travelled.serai("backup", str(file))
    assert made.returncode == 0, made.stderr
    there = {"data_dir": str(tmp_path / "var")}
    back = serai("restore", str(file), settings=there)
    assert back.returncode == 0, back.stderr
    assert "the audit trail verifies" in back.stdout
    again = serai("restore", str(file), settings=there)
    assert (again.returncode, "is not empty" in again.stderr) == (1, True)

    stranger = serai("doctor", settings=there)
    assert stranger.returncode == 1
    assert "There is no" in stranger.stdout, "the key was not in the backup"
    shutil.copy(Path(travelled.settings["data_dir"]) / "serai.key", tmp_path / "var")
    bookings = serai("bookings", "list", settings=there)
    assert "Manazil Zamzam Tower" in bookings.stdout, bookings.stderr


@pytest.mark.parametrize("content", [b"", b"not a backup at all"])
def test_what_is_no_backup_is_not_restored(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    done = serai("restore", str(tmp_path / "file"), settings={"data_dir": str(tmp_path / "var")})
    assert (done.returncode, "not a backup" in done.stderr) == (1, True), done.stderr


def test_the_wrong_key_is_found_by_doctor_and_stops_the_server(travelled: Rig) -> None:
    other = base64.b64encode(b"k" * 32).decode()
    travelled.hub.stop()
    server = travelled.serai("serve", "--port", "0", settings={"encryption_keys": other})
    travelled.start_hub()
    assert (server.returncode, "encryption key does not belong" in words(server.stderr)) == (
        1,
        True,
    ), server.stderr
    doctor = travelled.serai("doctor", settings={"encryption_keys": other})
    assert doctor.returncode == 1
    assert "✗ encryption key" in words(doctor.stdout)
    assert "Give the hub the key it was first started with" in words(doctor.stdout)
    assert other not in doctor.stdout


def test_a_database_and_a_redis_that_are_away_are_named(tmp_path: Path) -> None:
    nowhere = free_port()
    doctor = serai(
        "doctor",
        settings={
            "data_dir": str(tmp_path / "var"),
            "database_url": f"postgresql+asyncpg://serai:fakePassword@127.0.0.1:{nowhere}/serai",
            "redis_url": f"redis://:fakeWord@127.0.0.1:{nowhere}/0",
            "encryption_keys": base64.b64encode(b"k" * 32).decode(),
        },
    )
    assert doctor.returncode == 1
    assert "✗ database" in words(doctor.stdout)
    assert "SERAI_DATABASE_URL" in doctor.stdout
    assert "✗ Redis" in words(doctor.stdout)
    assert "SERAI_REDIS_URL" in doctor.stdout
    assert "fakePassword" not in doctor.stdout + doctor.stderr
    assert "fakeWord" not in doctor.stdout + doctor.stderr


def test_a_server_told_to_stop_ends_well(travelled: Rig) -> None:
    assert travelled.hub.stop() == 0
    wait_for_exit(travelled)
    assert "Traceback" not in travelled.hub.log.read_text()
    travelled.start_hub()


def test_a_channel_is_set_up_without_raw_http(travelled: Rig, tmp_path: Path) -> None:
    """At the Kota Lama Inn of Channex: a plan is ignored, all else filled in as a table."""
    company = ("--entity", travelled.entity)
    where = ("--name", "Inn", "--timezone", "Asia/Jakarta", "--currency", "IDR", "--country", "ID")
    travelled.serai("properties", "add", "inn", *where, *company)
    travelled.serai("properties", "add-room-type", "inn", "DLX", "--name", "Deluxe", "--adults=2")
    travelled.serai("properties", "add-rate-plan", "inn", "BAR", "--name", "Best")
    listed = travelled.serai("connections", "list").stdout.splitlines()
    (connection,) = (line.split()[0] for line in listed if " channex " in line)
    added = travelled.serai("channels", "add", connection, "inn", "--property-code", "elsewhere")
    id = added.stdout.split()[0]
    assert id.startswith("chn_"), added.stderr

    wrong = travelled.serai("channels", "catalogue", id)
    assert "refuses the property code elsewhere" in wrong.stderr
    assert f"serai channels change {id} --property-code" in wrong.stderr
    inn, deluxe = HOTELS[1], HOTELS[1].rooms[0]
    travelled.serai("channels", "change", id, "--property-code", inn.id)

    table = travelled.serai("channels", "catalogue", id, "--csv").stdout
    bar, breakfast = (f"{deluxe.id},{plan.id},," for plan in deluxe.plans)
    assert bar in table
    assert breakfast in table
    file = tmp_path / "map.csv"
    file.write_text(table.replace(bar, f"{deluxe.id},{deluxe.plans[0].id},DLX,BAR"))
    mapped = travelled.serai("channels", "map", id, "--file", str(file))
    assert "1 missing; 1 of 1 rooms" in mapped.stdout, mapped.stderr
    refused = travelled.serai("channels", "resume", id)
    assert (refused.returncode, deluxe.plans[1].id in refused.stderr) == (1, True)
    assert "/" not in refused.stderr.partition(deluxe.id)[0], "no pointer reaches a person"

    left = f"{deluxe.id}/{deluxe.plans[1].id}"
    whole = travelled.serai("channels", "ignore", id, "--plan", left)
    assert "complete; 1 of 1 rooms" in whole.stdout, whole.stderr
    assert f"Next: serai channels resume {id}" in whole.stdout
    twice = travelled.serai("channels", "map", id, "--plan", f"DLX/BAR={deluxe.plans[1].id}x")
    assert "no such plan" in twice.stdout, twice.stderr
