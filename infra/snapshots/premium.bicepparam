using '../main.bicep'

param environmentName = 'snapshot'
param location = 'westeurope'
param sku = 'EP1'
param settings = { KEEP_RESULTS_DAYS: '730' }
param networkIsolation = true
param notifications = true
param telemetry = true
param alertEmail = 'operators@contoso.example'
